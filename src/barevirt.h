/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The public interface of libbarevirt-1; include nothing else of it. */

#define BV_INSIDE

#include <adapt/bv-adapt.h>
#include <admit/bv-admit.h>
#include <admit/bv-policy.h>
#include <convert/bv-context.h>
#include <convert/bv-convert.h>
#include <convert/bv-explain.h>
#include <model/bv-cause.h>
#include <model/bv-error.h>
#include <model/bv-manifest.h>
#include <model/bv-object.h>
#include <model/bv-virtual-machine.h>
#include <model/bv-vmi.h>
#include <network/bv-interface.h>
#include <network/bv-network.h>
#include <volume/bv-disk.h>
#include <volume/bv-vmi-storage.h>
#include <volume/bv-volume.h>

#undef BV_INSIDE
