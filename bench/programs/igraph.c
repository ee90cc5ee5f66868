// SPDX-License-Identifier: GPL-2.0
/* Searches in a scale-free graph with the library igraph: a line for each one. */
#include <igraph.h>
#include <stdlib.h>

#define VERTICES	900000
#define EDGES		8	/* of a new vertex */

int main(int argc, char **argv)
{
	igraph_vector_int_t order, parents;
	igraph_t graph;
	long i;

	igraph_rng_seed(igraph_rng_default(), argc > 1 ? atol(argv[1]) : 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	igraph_barabasi_game(&graph, VERTICES, 1, EDGES, NULL, 1, 1, 0,
			     IGRAPH_BARABASI_BAG, NULL);
	igraph_vector_int_init(&order, 0);
	igraph_vector_int_init(&parents, 0);
	printf("built\n");
	for (i = 0; ; i++) {
		igraph_bfs_simple(&graph, i * 7919 % VERTICES, IGRAPH_ALL, &order,
				  NULL, &parents);
		if (igraph_vector_int_size(&order) != VERTICES)
			return 1;
		printf("%ld\n", i);
	}
}
