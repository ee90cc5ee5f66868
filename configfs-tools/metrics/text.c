// SPDX-License-Identifier: GPL-2.0
/* Text of metrics: OpenMetrics 1.0, and what Prometheus had before. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "metrics.h"

struct writer {
	FILE *out;
	enum metrics_format format;
};

const char *metric_suffix(const struct metric *metric)
{
	switch (metric->type) {
	case METRIC_COUNTER:
		return "_total";
	case METRIC_INFO:
		return "_info";
	default:
		return "";
	}
}

/* The older format knows neither states nor infos: they are gauges there. */
static const char *type_name(enum metric_type type, enum metrics_format format)
{
	static const char *const names[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_INFO] = "info",
		[METRIC_STATESET] = "stateset",
	};

	if (format == METRICS_PROMETHEUS && type != METRIC_COUNTER)
		type = METRIC_GAUGE;
	return names[type];
}

/*
 * Return the length of the character of UTF-8 at @text, or 0 if there is none:
 * both formats are UTF-8 only, and a path may have any bytes.
 */
static size_t character_length(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	size_t length = byte[0] < 0x80 ? 1 : byte[0] < 0xc2 ? 0 :
			byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 :
			byte[0] < 0xf5 ? 4 : 0;
	uint32_t code;
	size_t i;

	if (length < 2)
		return length;
	code = byte[0] & (0x7f >> length);
	for (i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (byte[i] & 0x3f);
	}
	/* Longer than necessary, half of a pair, or not in Unicode. */
	if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000) ||
	    (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
		return 0;
	return length;
}

/* Write the value of a label. Control characters are for no terminal. */
static void write_escaped(FILE *out, const char *text)
{
	size_t length;

	for (; *text; text += length) {
		length = character_length(text);
		if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else if (*text == '\n')
			fputs("\\n", out);
		else if (!length || (unsigned char)*text < ' ' ||
			 *text == 0x7f)
			fputc('?', out);
		else
			fwrite(text, 1, length, out);
		length = length ? length : 1;
	}
}

static void begin_family(const struct metric *metric, void *arg)
{
	const struct writer *writer = arg;
	bool old = writer->format == METRICS_PROMETHEUS;
	const char *suffix = old ? metric_suffix(metric) : "";
	FILE *out = writer->out;

	fprintf(out, "# HELP %s%s %s\n# TYPE %s%s %s\n", metric->name, suffix,
		metric->help, metric->name, suffix,
		type_name(metric->type, writer->format));
	if (metric->unit && !old)
		fprintf(out, "# UNIT %s %s\n", metric->name, metric->unit);
}

static void write_sample(const struct metric *metric,
			 const struct metric_sample *sample, void *arg)
{
	const struct writer *writer = arg;
	FILE *out = writer->out;
	size_t i;

	fprintf(out, "%s%s", metric->name, metric_suffix(metric));
	for (i = 0; sample->label[i].name; i++) {
		fprintf(out, "%c%s=\"", i ? ',' : '{', sample->label[i].name);
		write_escaped(out, sample->label[i].value);
		fputc('"', out);
	}
	fprintf(out, "%s %s\n", i ? "}" : "", sample->value);
}

void metrics_write(int root, enum metrics_format format, FILE *out)
{
	struct writer writer = { .out = out, .format = format };
	const struct metric_visitor visitor = {
		.begin = begin_family,
		.sample = write_sample,
		.arg = &writer,
	};

	metrics_visit(root, &visitor);
	if (format == METRICS_OPENMETRICS)
		fputs("# EOF\n", out);
}
