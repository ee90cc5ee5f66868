/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HMTCTL_DOT_H
#define HMTCTL_DOT_H

#include <json-c/json.h>

/* The live graph in Graphviz's DOT, from arrays with raw numbers. */
void print_dot(struct json_object *memories, struct json_object *edges);

#endif
