// SPDX-License-Identifier: GPL-2.0
/* A provider and a device driver that pretend to be compiled with another API. */
#include <linux/hmt_device.h>
#include <linux/hmt_provider.h>
#include <linux/module.h>
#include <linux/sizes.h>

static unsigned int test_major = HMT_API_MAJOR;
module_param_named(major, test_major, uint, 0444);
MODULE_PARM_DESC(major, "major number of the API version");

static unsigned int test_minor = HMT_API_MINOR;
module_param_named(minor, test_minor, uint, 0444);
MODULE_PARM_DESC(minor, "minor number of the API version");

static bool test_device;
module_param_named(device, test_device, bool, 0444);
MODULE_PARM_DESC(device, "Y: register a device memory, else a provider");

static int test_collect(struct hmt_session *session, struct hmt_mm *managed)
{
	return 0;
}

static const struct hmt_provider_ops test_provider_ops = {
	.collect = test_collect,
};

static struct hmt_provider test_provider = {
	.name = "test_api",
	.owner = THIS_MODULE,
	.ops = &test_provider_ops,
};

/* Not valid, so that a driver of the right version gets -EINVAL. */
static struct hmt_device_memory test_memory = {
	.name = "test_api",
	.size = SZ_2M,
};

static int __init test_init(void)
{
	u32 version = test_major << 16 | test_minor;

	if (test_device)
		return __hmt_device_memory_register(&test_memory, THIS_MODULE,
						    version);
	return __hmt_provider_register(&test_provider, THIS_MODULE, version);
}
module_init(test_init);

static void __exit test_exit(void)
{
	hmt_provider_unregister(&test_provider);
}
module_exit(test_exit);

MODULE_DESCRIPTION("HMT: another version of the API, for tests");
MODULE_LICENSE("GPL");
