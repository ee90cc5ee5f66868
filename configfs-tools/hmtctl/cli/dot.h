/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HMTCTL_DOT_H
#define HMTCTL_DOT_H

#include <json-c/json.h>

/* Print the live graph for Graphviz, from arrays with raw numbers. */
void print_dot(struct json_object *memories, struct json_object *edges);

#endif
