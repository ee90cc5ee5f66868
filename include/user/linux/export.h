/* SPDX-License-Identifier: GPL-2.0 */
/* See types.h: nothing is exported there. */
