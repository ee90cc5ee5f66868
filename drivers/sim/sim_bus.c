// SPDX-License-Identifier: GPL-2.0
/*
 * The bus of the simulated accelerators. All are plugged in when the module is
 * loaded; two files of the driver unplug them and plug them in again.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/sysfs.h>
#include "sim.h"

static DEFINE_MUTEX(hmt_sim_bus_lock);
static struct platform_device *hmt_sim_devices[HMT_SIM_MAX];
static unsigned int hmt_sim_slots;

static int hmt_sim_plug(unsigned int slot)
{
	struct platform_device *device;

	lockdep_assert_held(&hmt_sim_bus_lock);
	if (hmt_sim_devices[slot])
		return -EEXIST;
	device = platform_device_register_simple("hmt_sim", slot, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	/* The driver has logged the reason. */
	if (!platform_get_drvdata(device)) {
		platform_device_unregister(device);
		return -ENXIO;
	}
	hmt_sim_devices[slot] = device;
	return 0;
}

static int hmt_sim_unplug(unsigned int slot)
{
	lockdep_assert_held(&hmt_sim_bus_lock);
	if (!hmt_sim_devices[slot])
		return -ENODEV;
	platform_device_unregister(hmt_sim_devices[slot]);
	hmt_sim_devices[slot] = NULL;
	return 0;
}

static ssize_t hmt_sim_bus_do(int (*action)(unsigned int slot),
			      const char *text, size_t size)
{
	unsigned int slot;
	int ret = kstrtouint(text, 10, &slot);

	if (ret)
		return ret;
	guard(mutex)(&hmt_sim_bus_lock);
	ret = slot < hmt_sim_slots ? action(slot) : -EINVAL;
	return ret ?: size;
}

static ssize_t plug_store(struct device_driver *driver, const char *text,
			  size_t size)
{
	return hmt_sim_bus_do(hmt_sim_plug, text, size);
}
static DRIVER_ATTR_WO(plug);

static ssize_t unplug_store(struct device_driver *driver, const char *text,
			    size_t size)
{
	return hmt_sim_bus_do(hmt_sim_unplug, text, size);
}
static DRIVER_ATTR_WO(unplug);

static struct attribute *hmt_sim_bus_attrs[] = {
	&driver_attr_plug.attr,
	&driver_attr_unplug.attr,
	NULL
};

static const struct attribute_group hmt_sim_bus_group = {
	.attrs = hmt_sim_bus_attrs,
};

const struct attribute_group *hmt_sim_bus_groups[] = {
	&hmt_sim_bus_group,
	NULL
};

/* Unplug all devices, and let none be plugged in again. */
void hmt_sim_bus_exit(void)
{
	unsigned int slot;

	guard(mutex)(&hmt_sim_bus_lock);
	for (slot = 0; slot < hmt_sim_slots; slot++)
		hmt_sim_unplug(slot);
	hmt_sim_slots = 0;
}

/* Plug in all devices or none. */
int hmt_sim_bus_init(unsigned int count)
{
	int ret = 0;

	mutex_lock(&hmt_sim_bus_lock);
	while (hmt_sim_slots < count && !ret)
		ret = hmt_sim_plug(hmt_sim_slots++);
	mutex_unlock(&hmt_sim_bus_lock);
	if (ret)
		hmt_sim_bus_exit();
	return ret;
}
