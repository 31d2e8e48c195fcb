/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BvCompanionWatch:
 *
 * Tells when one of a VMI's companions ends, by the signal "ended" with its name. Those that had
 * ended before are told too, once the main loop runs.
 */
#define BV_TYPE_COMPANION_WATCH (bv_companion_watch_get_type ())
G_DECLARE_FINAL_TYPE (BvCompanionWatch, bv_companion_watch, BV, COMPANION_WATCH, GObject)

/* NULL where FOLDER, which need not be there, has none on record. */
BvCompanionWatch *bv_companion_watch_new (const char *folder);

G_END_DECLS
