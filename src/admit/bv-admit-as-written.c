/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"

#include <glib/gi18n-lib.h>

/* A default hides what is missing here. KubeVirt would pick a model of watchdog; a guest that needs
 * one should get the one that its owner chose. */
static void
admit_watchdog (BvAdmission *self)
{
  const BvApiWatchdog *watchdog = self->spec->domain->devices->watchdog;

  if (watchdog != NULL && watchdog->i6300esb == NULL && watchdog->diag288 == NULL)
    bv_admission_refuse (self, BV_REASON_REQUIRED,
                         bv_admission_path (self, "domain.devices.watchdog"),
                         _ ("The watchdog has no model; write i6300esb: {} (on amd64) or diag288: "
                            "{} (on s390x)."));
}

/* The template of a VM gets no default here in KubeVirt, so that it refuses an empty type. */
static void
admit_inputs (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  if (!self->is_template)
    return;
  for (guint i = 0; i < devices->n_inputs; i++)
    if (devices->inputs[i]->type != NULL && devices->inputs[i]->type[0] == '\0')
      bv_admission_refuse (self, BV_REASON_INVALID,
                           bv_admission_path (self, "domain.devices.inputs[%u].type", i),
                           _ ("The type is empty; write tablet."));
}

void
bv_admit_as_written (BvAdmission *self)
{
  admit_watchdog (self);
  admit_inputs (self);
}
