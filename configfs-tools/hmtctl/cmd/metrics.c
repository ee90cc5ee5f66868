// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/errors.h"
#include "cli/output.h"
#include "cmd/commands.h"
#include "metrics/metrics.h"
#include "util/cleanup.h"

struct metrics_values {
	bool prometheus;
	bool json;
};

#define PLACE(member) offsetof(struct metrics_values, member)

static const struct option_spec options[] = {
	{ 0, "prometheus", NULL, "print the older format, for node_exporter",
	  OPT_FLAG, PLACE(prometheus), NULL },
	{ 'j', "json", NULL, "print JSON", OPT_FLAG, PLACE(json), NULL },
	{ }
};

static const char *const type_names[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_INFO] = "info",
	[METRIC_STATESET] = "stateset",
};

static void begin_metric(const struct metric *metric, void *arg)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "name",
			       json_object_new_string(metric->name));
	json_object_object_add(object, "type",
			       json_object_new_string(type_names[metric->type]));
	if (metric->unit)
		json_object_object_add(object, "unit",
				       json_object_new_string(metric->unit));
	json_object_object_add(object, "help",
			       json_object_new_string(metric->help));
	json_object_object_add(object, "samples", json_object_new_array());
	json_object_array_add(arg, object);
}

/* Return a number: one with a point keeps its digits. */
static struct json_object *sample_value(const char *value)
{
	if (strchr(value, '.'))
		return json_object_new_double_s(strtod(value, NULL), value);
	return json_object_new_uint64(strtoull(value, NULL, 10));
}

static void add_sample(const struct metric *metric,
		       const struct metric_sample *sample, void *arg)
{
	struct json_object *array = arg, *family;
	struct json_object *labels = json_object_new_object();
	struct json_object *object = json_object_new_object();
	size_t i;

	(void)metric;
	for (i = 0; sample->label[i].name; i++)
		json_object_object_add(labels, sample->label[i].name,
				       json_object_new_string(sample->label[i].value));
	json_object_object_add(object, "labels", labels);
	json_object_object_add(object, "value", sample_value(sample->value));
	family = json_object_array_get_idx(array,
					   json_object_array_length(array) - 1);
	json_object_array_add(json_object_object_get(family, "samples"),
			      object);
}

static int cmd_metrics_run(const struct hmtctl *ctl, const void *arguments,
			   char **operands)
{
	const struct metrics_values *values = arguments;
	auto_json struct json_object *array = json_object_new_array();
	const struct metric_visitor visitor = {
		.begin = begin_metric,
		.sample = add_sample,
		.arg = array,
	};

	(void)operands;
	if (values->json && values->prometheus)
		return fail(RESULT_USAGE,
			    "metrics: --json and --prometheus: choose one of them");
	if (!values->json) {
		metrics_write(ctl->root, values->prometheus ?
					 METRICS_PROMETHEUS :
					 METRICS_OPENMETRICS, stdout);
		return RESULT_OK;
	}
	metrics_visit(ctl->root, &visitor);
	print_array("metrics", array);
	return RESULT_OK;
}

const struct command cmd_metrics = {
	.name = "metrics",
	.operands = "[OPTION...]",
	.summary = "Print all numbers as metrics of OpenMetrics.",
	.man = "hmtctl-metrics",
	.options = options,
	.values_size = sizeof(struct metrics_values),
	.run = cmd_metrics_run,
};
