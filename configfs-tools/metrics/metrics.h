/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of HMT as metrics of OpenMetrics. hmtctl metrics prints them, and
 * hmtd --metrics exports them.
 */
#ifndef HMT_METRICS_H
#define HMT_METRICS_H

#include <stddef.h>
#include <stdio.h>

/**
 * enum metric_type - type of a metric
 * @METRIC_COUNTER: never falls while its object exists
 * @METRIC_GAUGE: may rise and fall
 * @METRIC_INFO: is in its labels; its value is 1
 * @METRIC_STATESET: one of several states, of which one has the value 1
 */
enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_INFO,
	METRIC_STATESET,
};

/**
 * struct metric - a metric and all its samples: a family of OpenMetrics
 * @name: name without suffix; it ends with @unit, if there is one
 * @type: type
 * @unit: unit, or NULL
 * @help: one line
 */
struct metric {
	const char *name;
	enum metric_type type;
	const char *unit;
	const char *help;
};

/* Most labels of a sample. */
#define METRIC_LABELS	4

/**
 * struct metric_sample - one number of a metric
 * @label: names and values of its labels; a NULL name ends them
 * @value: decimal number
 */
struct metric_sample {
	struct {
		const char *name;
		const char *value;
	} label[METRIC_LABELS + 1];
	const char *value;
};

/**
 * struct metric_visitor - receiver of metrics
 * @begin: a metric begins; all of its samples follow
 * @sample: one of its samples
 * @arg: argument of both
 */
struct metric_visitor {
	void (*begin)(const struct metric *metric, void *arg);
	void (*sample)(const struct metric *metric,
		       const struct metric_sample *sample, void *arg);
	void *arg;
};

/*
 * Visit all metrics, in the order of their names. @root is a descriptor of "/"
 * or of a directory that stands in for it. A metric that nothing has is left
 * out; without the modules only hmt_loaded is left.
 */
void metrics_visit(int root, const struct metric_visitor *visitor);

/**
 * enum metrics_format - format of text
 * @METRICS_OPENMETRICS: OpenMetrics 1.0
 * @METRICS_PROMETHEUS: Prometheus 0.0.4, which node_exporter reads
 */
enum metrics_format {
	METRICS_OPENMETRICS,
	METRICS_PROMETHEUS,
};

/* Write all metrics to @out. The caller checks @out for errors. */
void metrics_write(int root, enum metrics_format format, FILE *out);

/* Return the suffix of the names of samples, "" for none. */
const char *metric_suffix(const struct metric *metric);

#endif
