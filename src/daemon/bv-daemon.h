/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/bv-daemon-options.h"

G_BEGIN_DECLS

/* The service from its start to its end. Returns its exit status. */
int bv_daemon_run (const BvDaemonOptions *options);

G_END_DECLS
