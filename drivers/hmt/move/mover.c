// SPDX-License-Identifier: GPL-2.0
/* Choose the mover of a batch. Engines submit batches here. */
#include <linux/errno.h>
#include <linux/hmt_internal.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "move.h"

static const struct hmt_mover *const hmt_movers[] = {
	&hmt_mover_hmm,
	&hmt_mover_task_work,
	&hmt_mover_hmtd,
};

static const struct hmt_mover *const hmt_mover_by_reason[HMT_REASONS] = {
	[HMT_REASON_ANON] = &hmt_mover_hmm,
	[HMT_REASON_DEVICE] = &hmt_mover_hmm,
	[HMT_REASON_RUNNING] = &hmt_mover_hmm,
	[HMT_REASON_OWN] = &hmt_mover_task_work,
	[HMT_REASON_SPLIT] = &hmt_mover_hmm,
	[HMT_REASON_HUGE] = &hmt_mover_hmtd,
	[HMT_REASON_FILE] = &hmt_mover_hmtd,
	[HMT_REASON_MERGEABLE] = &hmt_mover_hmtd,
	[HMT_REASON_BUSY] = &hmt_mover_hmtd,
	[HMT_REASON_SHARED] = &hmt_mover_hmtd,
	[HMT_REASON_WHOLE] = &hmt_mover_hmm,
};

const char *hmt_mover_name(enum hmt_move_reason reason)
{
	return hmt_mover_by_reason[reason]->name;
}

static int hmt_mover_try(const struct hmt_move_request *request)
{
	const struct hmt_mover *mover = hmt_mover_by_reason[request->reason];

	if (mover->can && !mover->can(request))
		return -EAGAIN;
	return mover->submit(request);
}

/*
 * Submit @request to the mover of its reason. Pages that the thread of a
 * process does not move itself are moved as pages of any running process; the
 * reason is changed accordingly.
 * Context and errors: see hmt_mover.submit.
 */
int hmt_mover_submit(struct hmt_move_request *request)
{
	struct hmt_batch *batch = request->batch;
	int ret;

	memset(&batch->stats, 0, sizeof(batch->stats));
	batch->huge = batch->nr == 1 && request->total == HMT_CHUNK_PAGES;
	ret = hmt_mover_try(request);
	if (ret == -EAGAIN && request->reason == HMT_REASON_OWN) {
		request->reason = HMT_REASON_RUNNING;
		ret = hmt_mover_try(request);
	}
	if (!ret && batch->stats.pages[HMT_RESULT_NOMEM] == request->total)
		return -ENOSPC;
	return ret;
}

/* Wait until the queued requests of @client are done, or until @until (ns). */
void hmt_movers_wait(struct hmt_remote_client *client, u64 until)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hmt_movers); i++)
		if (hmt_movers[i]->wait)
			hmt_movers[i]->wait(client, until);
}

/* Stop moving the queued requests of @client, whose workload ends. */
void hmt_movers_cancel(struct hmt_remote_client *client)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hmt_movers); i++)
		if (hmt_movers[i]->cancel)
			hmt_movers[i]->cancel(client);
}
