/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Identity of a memory: the properties by which a saved configuration knows it,
 * because the kernel numbers nodes and devices anew at each boot.
 */
#ifndef HMTCTL_IDENTITY_H
#define HMTCTL_IDENTITY_H

#include <json-c/json.h>
#include <stdbool.h>

#include "cli/command.h"

/* Result of identity_likeness() for different memories. */
#define LIKENESS_NONE	(-1)
/*
 * Highest result, and the bits of a result. Regions and devices count only
 * without serial numbers, because their numbers depend on the order of the
 * drivers. LIKENESS_BYTES is the size to the byte, which tells memories of about
 * the same size apart.
 */
#define LIKENESS_MAX	127
#define LIKENESS_SERIAL	64
#define LIKENESS_SIZE	32
#define LIKENESS_NEAR	16
#define LIKENESS_BYTES	8
#define LIKENESS_REGION	4
#define LIKENESS_DEVICE	2
#define LIKENESS_NAME	1
/* One of them makes a memory of another name a candidate. */
#define LIKENESS_LEAST	(LIKENESS_SERIAL | LIKENESS_SIZE | LIKENESS_REGION)

/*
 * Return an object of texts: kind, origin, dax_device, dax_region, serial, size
 * (bytes) and initiators of the memory @name, each of them if it is known. NULL
 * if there is no such memory. The caller puts it.
 */
struct json_object *identity_read(const struct hmtctl *ctl, const char *name);
/*
 * The same for a dax device, online or not: dax_device, dax_region and serial.
 */
struct json_object *identity_of_device(const struct hmtctl *ctl,
				       const char *device);
/*
 * Compare two memories by their names and identities. Return LIKENESS_NONE if
 * they are different ones, else the sum of the bits of equal properties.
 */
int identity_likeness(const char *name, struct json_object *identity,
		      const char *other, struct json_object *other_identity);
/* Check whether two identities have the same serial numbers, and at least one. */
bool identity_same_serials(struct json_object *a, struct json_object *b);
/* Check for an identity that is known to be of no dax device. */
bool identity_without_device(struct json_object *identity);
/* Check whether two identities have sizes that differ by more than 1/8. */
bool identity_resized(struct json_object *a, struct json_object *b);
/* Return "pmem, 512 MiB, namespace0.0"; the caller frees it. */
char *identity_text(struct json_object *identity);

#endif
