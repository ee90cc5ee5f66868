// SPDX-License-Identifier: GPL-2.0
/* Random numbers, uniform and by Zipf's law, and random order. */
#include <math.h>
#include <stdlib.h>
#include "load.h"
#include "random.h"

#define ZIPF_THETA	0.99

void shuffle(uint32_t *order, uint32_t count, uint64_t *state)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		order[i] = i;
	for (i = count - 1; i; i--) {
		uint32_t j = below(i + 1, draw(state) >> 32), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

static void zipf_weights(double *weights, uint32_t count)
{
	double sum = 0;
	uint32_t i;

	for (i = 0; i < count; i++)
		sum += weights[i] = 1 / pow(i + 1, ZIPF_THETA);
	for (i = 0; i < count; i++)
		weights[i] *= count / sum;
}

static uint64_t zipf_entry(double weight, uint32_t alias)
{
	uint64_t probability = weight >= 1 ? UINT32_MAX : weight * UINT32_MAX;

	return probability << 32 | alias;
}

/* Vose's alias method: one table look-up for each number. */
const uint64_t *zipf_table(uint32_t count)
{
	double *weights = allocate(count, sizeof(*weights));
	uint32_t *small = allocate(count, sizeof(*small));
	uint32_t *large = allocate(count, sizeof(*large));
	uint64_t *aliases = allocate(count, sizeof(*aliases));
	uint32_t smalls = 0, larges = 0, i;

	zipf_weights(weights, count);
	for (i = 0; i < count; i++) {
		aliases[i] = zipf_entry(1, i);
		if (weights[i] < 1)
			small[smalls++] = i;
		else
			large[larges++] = i;
	}
	while (smalls && larges) {
		uint32_t from = small[--smalls], to = large[larges - 1];

		aliases[from] = zipf_entry(weights[from], to);
		weights[to] -= 1 - weights[from];
		if (weights[to] < 1)
			small[smalls++] = large[--larges];
	}
	free(weights);
	free(small);
	free(large);
	return aliases;
}
