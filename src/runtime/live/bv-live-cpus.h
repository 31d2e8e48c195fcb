/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "runtime/live/bv-live-update.h"

G_BEGIN_DECLS

/* Sockets up to maxSockets. */
extern const BvLiveUpdater bv_live_cpus;

G_END_DECLS
