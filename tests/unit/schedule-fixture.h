/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/bv-config.h"
#include "host/bv-host-facts.h"
#include "model/bv-vmi.h"

/* Settings of this text. */
BvConfig *schedule_make_config (const char *text);

/* A VMI “guest” of this spec, as it is once admitted. */
BvVmi *schedule_make_vmi (const char *spec);

/* Two sockets of four cores with two threads: CPU n and n + 8 share a core, 0-3 and 8-11 are of
 * cell 0; CPU 15 is offline. */
BvHostFacts *schedule_make_facts (void);
