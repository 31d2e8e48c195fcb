/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "admit/bv-admission.h"

G_BEGIN_DECLS

/* The rules for the spec of a VMI, a file an area. */
void bv_admit_architecture (BvAdmission *self);

G_END_DECLS
