/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"

static const char *const architectures[] = { "amd64", "arm64", "s390x", NULL };

void
bv_admit_architecture (BvAdmission *self)
{
  bv_admission_one_of (self, BV_REASON_INVALID, bv_admission_path (self, "architecture"),
                       self->spec->architecture, architectures);
}
