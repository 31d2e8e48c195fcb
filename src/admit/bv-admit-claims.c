/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

/* spec.resourceClaims, and the devices and networks that take theirs from one. */

/* What asks for a device: an entry of gpus, hostDevices or networks. */
typedef struct
{
  const char *device; /* by name; networks have none */
  const char *claim;
  const char *request;
  gboolean by_claim;
} Device;

typedef struct
{
  BvAdmission *admission;
  BvNameSet claims;
  BvNameSet pairs;
  GPtrArray *owners; /* what each of the pairs belongs to */
} Claims;

static const char *
at (Claims *self, const char *list, guint index, const char *below)
{
  return bv_admission_path (self->admission, "%s[%u]%s", list, index, below);
}

static void
admit_source_name (Claims *self, const char *name, guint index, const char *below)
{
  if (name != NULL && !bv_text_is_subdomain (name))
    bv_admission_refuse (self->admission, BV_REASON_INVALID,
                         at (self, "resourceClaims", index, below),
                         _ ("“%s” cannot be the name of an object; use lower-case letters, digits, "
                            "dashes and dots."),
                         name);
}

static void
admit_claim_name (Claims *self, const char *name, guint index)
{
  const char *path = at (self, "resourceClaims", index, ".name");

  if (name == NULL)
    return;
  if (name[0] == '\0')
    bv_admission_refuse (self->admission, BV_REASON_REQUIRED, path,
                         _ ("The name is empty; give the claim one, by which devices refer to "
                            "it."));
  else if (bv_name_set_add (&self->claims, name, index) >= 0)
    bv_admission_refuse (self->admission, BV_REASON_DUPLICATE, path,
                         _ ("There is a claim called “%s” already; give each its own name."), name);
  else if (!bv_text_is_label (name))
    bv_admission_refuse (self->admission, BV_REASON_INVALID, path,
                         _ ("“%s” is no name for a claim; use at most 63 lower-case letters, "
                            "digits and dashes."),
                         name);
}

static void
admit_claim (Claims *self, const BvApiVirtualMachineInstanceResourceClaim *claim, guint index)
{
  guint n = (claim->resource_claim_name != NULL) + (claim->resource_claim_template_name != NULL);

  admit_claim_name (self, claim->name, index);
  if (n != 1)
    bv_admission_refuse (
        self->admission, BV_REASON_INVALID, at (self, "resourceClaims", index, ""),
        n == 0 ? _ ("The claim has no source; add resourceClaimName or resourceClaimTemplateName.")
               : _ ("The claim has two sources; keep one of resourceClaimName and "
                    "resourceClaimTemplateName."));
  admit_source_name (self, claim->resource_claim_name, index, ".resourceClaimName");
  admit_source_name (self, claim->resource_claim_template_name, index,
                     ".resourceClaimTemplateName");
}

/* FALSE where a part of the reference is missing. */
static gboolean
admit_parts (Claims *self, const Device *device, const char *list, guint index, const char *inner)
{
  const struct
  {
    const char *value;
    const char *name;
  } parts[] = { { device->claim, "claimName" }, { device->request, "requestName" } };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *below = g_strconcat (inner, ".", parts[i].name, NULL);

      if (!bv_text_is_given (parts[i].value))
        bv_admission_refuse (self->admission, BV_REASON_REQUIRED, at (self, list, index, below),
                             _ ("A device from a resource claim needs %s."), parts[i].name);
    }
  return bv_text_is_given (device->claim) && bv_text_is_given (device->request);
}

/* Networks have their cause where the name stands, devices where the claim is missing, as KubeVirt
 * has it. */
static void
refuse_missing (Claims *self, const Device *device, const char *list, guint index,
                const char *inner)
{
  g_autofree char *below = g_strconcat (inner, ".claimName", NULL);
  const char *path = inner[0] != '\0' ? at (self, list, index, below)
                                      : bv_admission_path (self->admission, "resourceClaims");

  bv_admission_refuse (self->admission, inner[0] != '\0' ? BV_REASON_NOT_FOUND : BV_REASON_INVALID,
                       path, _ ("No claim is called “%s”, which %s[%u] names; add one."),
                       device->claim, list, index);
}

static void
admit_reference (Claims *self, const Device *device, const char *list, guint index,
                 const char *inner)
{
  const char *pair;
  int earlier;

  if (!admit_parts (self, device, list, index, inner))
    return;
  if (bv_name_set_find (&self->claims, device->claim) < 0)
    refuse_missing (self, device, list, index, inner);
  pair = bv_arena_printf (self->admission->arena, "%s/%s", device->claim, device->request);
  earlier = bv_name_set_add (&self->pairs, pair, self->owners->len);
  if (earlier >= 0)
    bv_admission_refuse (self->admission, BV_REASON_DUPLICATE, at (self, list, index, ""),
                         _ ("The request “%s” is taken by %s already; each device needs its own."),
                         pair, (const char *)self->owners->pdata[earlier]);
  else
    g_ptr_array_add (self->owners, (gpointer)at (self, list, index, ""));
}

static void
admit_device (Claims *self, const Device *device, const char *list, guint index, const char *gate)
{
  gboolean by_name = bv_text_is_given (device->device);

  if (!by_name && !device->by_claim)
    bv_admission_refuse (self->admission, BV_REASON_REQUIRED, at (self, list, index, ""),
                         _ ("The entry does not say which device it is; add deviceName."));
  else if (by_name && device->by_claim)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, list, index, ""),
                         _ ("The device is given twice; keep either deviceName, or claimName and "
                            "requestName."));
  else if (device->by_claim)
    {
      bv_admission_require_gate (self->admission, gate, at (self, list, index, ".claimName"),
                                 _ ("A device from a resource claim"));
      admit_reference (self, device, list, index, "");
    }
}

static void
admit_gpus (Claims *self, const BvApiDevices *devices)
{
  const char *list = "domain.devices.gpus";
  gboolean by_name = FALSE;
  int by_claim = -1;

  for (guint i = 0; i < devices->n_gpus; i++)
    {
      const BvApiGPU *gpu = devices->gpus[i];
      Device device = { gpu->device_name, gpu->claim_name, gpu->request_name,
                        gpu->claim_name != NULL || gpu->request_name != NULL };

      admit_device (self, &device, list, i, "GPUsWithDRA");
      by_name |= bv_text_is_given (gpu->device_name);
      if (device.by_claim && !bv_text_is_given (gpu->device_name) && by_claim < 0)
        by_claim = i;
    }
  if (by_name && by_claim >= 0)
    bv_admission_refuse (self->admission, BV_REASON_INVALID, at (self, list, by_claim, ""),
                         _ ("Some GPUs are given by deviceName and some by claimName; give all in "
                            "one way."));
}

static void
admit_host_devices (Claims *self, const BvApiDevices *devices)
{
  for (guint i = 0; i < devices->n_host_devices; i++)
    {
      const BvApiHostDevice *host = devices->host_devices[i];
      Device device = { host->device_name, host->claim_name, host->request_name,
                        host->claim_name != NULL || host->request_name != NULL };

      admit_device (self, &device, "domain.devices.hostDevices", i, "HostDevicesWithDRA");
    }
}

static void
admit_networks (Claims *self)
{
  const BvApiVirtualMachineInstanceSpec *spec = self->admission->spec;

  for (guint i = 0; i < spec->n_networks; i++)
    {
      const BvApiClaimRequest *claim = spec->networks[i]->resource_claim;
      Device device = { NULL, NULL, NULL, TRUE };

      if (claim == NULL)
        continue;
      device.claim = claim->claim_name;
      device.request = claim->request_name;
      bv_admission_require_gate (self->admission, "NetworkDevicesWithDRA",
                                 at (self, "networks", i, ".resourceClaim"),
                                 _ ("A network from a resource claim"));
      admit_reference (self, &device, "networks", i, ".resourceClaim");
    }
}

void
bv_admit_claims (BvAdmission *self)
{
  Claims claims = { .admission = self, .owners = g_ptr_array_new () };

  for (guint i = 0; i < self->spec->n_resource_claims; i++)
    admit_claim (&claims, self->spec->resource_claims[i], i);
  if (self->spec->n_resource_claims > 0)
    bv_admission_warn (self, bv_admission_path (self, "resourceClaims"),
                       _ ("Resource claims are granted by a cluster; a guest that uses one does "
                          "not start on this host."));
  admit_gpus (&claims, self->spec->domain->devices);
  admit_host_devices (&claims, self->spec->domain->devices);
  admit_networks (&claims);
  bv_name_set_clear (&claims.claims);
  bv_name_set_clear (&claims.pairs);
  g_ptr_array_unref (claims.owners);
}
