// SPDX-License-Identifier: GPL-2.0
/*
 * A DMA channel that copies memory in software, for machines without a DMA engine.
 * It can fail, hang, refuse to stop, and be removed: unbind hmt_test_dma from its
 * driver of that name.
 */
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#define TEST_DMA_NAME	"hmt_test_dma"

static unsigned int fail_every;
module_param(fail_every, uint, 0644);
MODULE_PARM_DESC(fail_every, "Every copy with a number divisible by this fails; 0: none");

static unsigned int take;
module_param(take, uint, 0644);
MODULE_PARM_DESC(take, "Maximum number of waiting copies; 0: unlimited");

static bool hang;
module_param(hang, bool, 0644);
MODULE_PARM_DESC(hang, "Copies never finish");

static bool unstoppable;
module_param(unstoppable, bool, 0644);
MODULE_PARM_DESC(unstoppable, "Hanging copies cannot be stopped, and finish at the end");

struct test_copy {
	struct dma_async_tx_descriptor tx;
	struct list_head link;
	dma_addr_t to;
	dma_addr_t from;
	size_t length;
};

/*
 * The channel. Users may hold it after the device is removed, so it is never freed.
 * @submitted: copies that are not issued yet
 * @issued: copies that wait for execution
 * @waiting: number of copies in both lists
 * @number: number of executed copies
 * @gone: the device is removed
 * @held: the channel is in use
 */
static struct {
	struct dma_device device;
	struct dma_chan channel;
	struct work_struct work;
	spinlock_t lock;	/* of all below */
	struct list_head submitted;
	struct list_head issued;
	unsigned int waiting;
	unsigned int number;
	bool gone;
	bool held;
} test;

static dma_cookie_t test_submit(struct dma_async_tx_descriptor *tx)
{
	struct test_copy *copy = container_of(tx, struct test_copy, tx);
	unsigned long flags;

	spin_lock_irqsave(&test.lock, flags);
	if (++test.channel.cookie < DMA_MIN_COOKIE)
		test.channel.cookie = DMA_MIN_COOKIE;
	tx->cookie = test.channel.cookie;
	list_add_tail(&copy->link, &test.submitted);
	spin_unlock_irqrestore(&test.lock, flags);
	return tx->cookie;
}

static struct dma_async_tx_descriptor *
test_prepare(struct dma_chan *channel, dma_addr_t to, dma_addr_t from,
	     size_t length, unsigned long flags)
{
	struct test_copy *copy = kzalloc(sizeof(*copy), GFP_NOWAIT);
	unsigned long irq;
	bool taken;

	if (!copy)
		return NULL;
	spin_lock_irqsave(&test.lock, irq);
	taken = !test.gone && (!take || test.waiting < take);
	test.waiting += taken;
	spin_unlock_irqrestore(&test.lock, irq);
	if (!taken) {
		kfree(copy);
		return NULL;
	}
	dma_async_tx_descriptor_init(&copy->tx, channel);
	copy->tx.tx_submit = test_submit;
	copy->tx.flags = flags;
	copy->to = to;
	copy->from = from;
	copy->length = length;
	return &copy->tx;
}

static void test_issue(struct dma_chan *channel)
{
	unsigned long flags;

	spin_lock_irqsave(&test.lock, flags);
	list_splice_tail_init(&test.submitted, &test.issued);
	spin_unlock_irqrestore(&test.lock, flags);
	schedule_work(&test.work);
}

static struct test_copy *test_next(void)
{
	struct test_copy *copy;

	spin_lock_irq(&test.lock);
	copy = hang ? NULL : list_first_entry_or_null(&test.issued,
						      struct test_copy, link);
	if (copy) {
		list_del(&copy->link);
		test.waiting--;
	}
	spin_unlock_irq(&test.lock);
	return copy;
}

/* Without an IOMMU, which the test machine has not, addresses are physical. */
static void test_carry_out(const struct test_copy *copy)
{
	memcpy(phys_to_virt(copy->to), phys_to_virt(copy->from), copy->length);
}

static void test_complete(const struct test_copy *copy, bool fails)
{
	struct dmaengine_result result = {
		.result = fails ? DMA_TRANS_WRITE_FAILED : DMA_TRANS_NOERROR,
	};

	if (!fails)
		test_carry_out(copy);
	copy->tx.callback_result(copy->tx.callback_param, &result);
}

static void test_work(struct work_struct *work)
{
	struct test_copy *copy;

	while ((copy = test_next())) {
		test.channel.completed_cookie = copy->tx.cookie;
		test_complete(copy,
			      fail_every && ++test.number % fail_every == 0);
		kfree(copy);
	}
}

static void test_drop(bool late)
{
	struct test_copy *copy, *next;
	LIST_HEAD(dropped);

	spin_lock_irq(&test.lock);
	list_splice_init(&test.submitted, &dropped);
	list_splice_init(&test.issued, &dropped);
	test.waiting = 0;
	spin_unlock_irq(&test.lock);
	list_for_each_entry_safe(copy, next, &dropped, link) {
		if (late)
			test_complete(copy, false);
		kfree(copy);
	}
}

static int test_terminate(struct dma_chan *channel)
{
	if (unstoppable)
		return -EIO;
	test_drop(false);
	return 0;
}

static void test_synchronize(struct dma_chan *channel)
{
	cancel_work_sync(&test.work);
}

static enum dma_status test_status(struct dma_chan *channel,
				   dma_cookie_t cookie,
				   struct dma_tx_state *state)
{
	dma_cookie_t last = channel->cookie, done = channel->completed_cookie;

	dma_set_tx_state(state, done, last, 0);
	return dma_async_is_complete(cookie, done, last);
}

/* A device that could not be stopped writes at an unexpected time. */
static void test_free_channel(struct dma_chan *channel)
{
	test_drop(unstoppable);
}

static void test_release(struct dma_device *device)
{
	test.held = false;
}

static void test_make_device(struct device *parent)
{
	struct dma_device *device = &test.device;

	memset(&test, 0, sizeof(test));
	spin_lock_init(&test.lock);
	INIT_LIST_HEAD(&test.submitted);
	INIT_LIST_HEAD(&test.issued);
	INIT_WORK(&test.work, test_work);
	INIT_LIST_HEAD(&device->channels);
	dma_cap_set(DMA_MEMCPY, device->cap_mask);
	dma_cap_set(DMA_PRIVATE, device->cap_mask);
	device->dev = parent;
	device->device_prep_dma_memcpy = test_prepare;
	device->device_issue_pending = test_issue;
	device->device_tx_status = test_status;
	device->device_terminate_all = test_terminate;
	device->device_synchronize = test_synchronize;
	device->device_free_chan_resources = test_free_channel;
	device->device_release = test_release;
	test.channel.device = device;
	list_add_tail(&test.channel.device_node, &device->channels);
}

static int test_probe(struct platform_device *pdev)
{
	int ret;

	if (test.held)
		return -EBUSY;
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	test_make_device(&pdev->dev);
	ret = dma_async_device_register(&test.device);
	test.held = !ret;
	return ret;
}

static void test_remove(struct platform_device *pdev)
{
	spin_lock_irq(&test.lock);
	test.gone = true;
	spin_unlock_irq(&test.lock);
	cancel_work_sync(&test.work);
	test_drop(false);
	dma_async_device_unregister(&test.device);
}

static struct platform_driver test_driver = {
	.probe = test_probe,
	.remove = test_remove,
	.driver.name = TEST_DMA_NAME,
};

static struct platform_device *test_platform;

static int __init test_init(void)
{
	int ret = platform_driver_register(&test_driver);

	if (ret)
		return ret;
	test_platform = platform_device_register_simple(TEST_DMA_NAME,
							PLATFORM_DEVID_NONE,
							NULL, 0);
	ret = PTR_ERR_OR_ZERO(test_platform);
	if (ret)
		platform_driver_unregister(&test_driver);
	return ret;
}

static void __exit test_exit(void)
{
	platform_device_unregister(test_platform);
	platform_driver_unregister(&test_driver);
}

module_init(test_init);
module_exit(test_exit);

MODULE_DESCRIPTION("HMT: a DMA channel for tests");
MODULE_LICENSE("GPL");
