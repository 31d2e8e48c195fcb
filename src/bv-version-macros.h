/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined(BV_INSIDE) && !defined(BV_COMPILATION)
#error "Only <barevirt.h> can be included directly."
#endif

#define BV_AVAILABLE_IN_1_0 __attribute__ ((visibility ("default"))) extern
