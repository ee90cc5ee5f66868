/* SPDX-License-Identifier: GPL-2.0 */
/* See types.h. */
#ifndef _HMT_USER_MINMAX_H
#define _HMT_USER_MINMAX_H

#define min(x, y) \
	({ typeof(x) _x = (x); typeof(y) _y = (y); _x < _y ? _x : _y; })
#define max(x, y) \
	({ typeof(x) _m = (x); typeof(y) _n = (y); _m > _n ? _m : _n; })
#define min3(x, y, z) \
	({ typeof(x) _a = min(x, y); typeof(x) _b = (z); _a < _b ? _a : _b; })
#define min_t(type, x, y)	min((type)(x), (type)(y))
#define max_t(type, x, y)	max((type)(x), (type)(y))

#endif /* _HMT_USER_MINMAX_H */
