/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-cidr.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>

/* spec.networks: what each one is, and that an interface is plugged into it. */

static const char *
at (BvAdmission *self, guint index, const char *below)
{
  return bv_admission_path (self, "networks[%u]%s", index, below);
}

static void
admit_name (BvAdmission *self, const BvApiNetwork *network, guint index, BvNameSet *names,
            const BvNameSet *interfaces)
{
  int earlier = bv_name_set_add (names, network->name, index);

  if (earlier >= 0)
    bv_admission_refuse (self, BV_REASON_DUPLICATE, at (self, index, ".name"),
                         _ ("networks[%d] is called “%s” already; give each network its own name."),
                         earlier, network->name);
  else if (network->name != NULL && bv_name_set_find (interfaces, network->name) < 0)
    bv_admission_refuse (self, BV_REASON_REQUIRED, at (self, index, ".name"),
                         _ ("No interface is called “%s”; add one to domain.devices.interfaces, or "
                            "remove this network."),
                         network->name);
}

static void
admit_source (BvAdmission *self, const BvApiNetwork *network, guint index)
{
  guint n = (network->pod != NULL) + (network->multus != NULL) + (network->resource_claim != NULL);

  if (n == 0)
    bv_admission_refuse (self, BV_REASON_REQUIRED, at (self, index, ""),
                         _ ("The network does not say what it is; add pod: {} or multus."));
  else if (n > 1)
    bv_admission_refuse (
        self, BV_REASON_REQUIRED, at (self, index, ""),
        _ ("The network is several things at once; keep one of pod, multus and resourceClaim."));
}

static void
admit_cidr (BvAdmission *self, const char *cidr, GSocketFamily family, guint longest, guint index,
            const char *below, const char *example)
{
  BvCidr parsed;

  if (!bv_text_is_given (cidr))
    return;
  if (!bv_cidr_parse (cidr, &parsed))
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                         _ ("“%s” is no range of addresses; write it like %s."), cidr, example);
  else if (parsed.family != family)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                         family == G_SOCKET_FAMILY_IPV4
                             ? _ ("“%s” is an IPv6 range; this must be an IPv4 one like %s.")
                             : _ ("“%s” is an IPv4 range; this must be an IPv6 one like %s."),
                         cidr, example);
  else if (parsed.length > longest)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                         _ ("“%s” has no room for a gateway and a guest; its prefix can be at most "
                            "/%u long."),
                         cidr, longest);
  else if (parsed.length == 0 || parsed.is_multicast)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, below),
                         _ ("“%s” is no range that guests can have addresses of; write one like "
                            "%s."),
                         cidr, example);
}

static void
admit_pod (BvAdmission *self, const BvApiPodNetwork *pod, guint index)
{
  admit_cidr (self, pod->vm_network_cidr, G_SOCKET_FAMILY_IPV4, 30, index, ".pod.vmNetworkCIDR",
              "10.0.2.0/24");
  admit_cidr (self, pod->vm_i_pv6_network_cidr, G_SOCKET_FAMILY_IPV6, 126, index,
              ".pod.vmIPv6NetworkCIDR", "fd10:0:2::/120");
}

/* `name` or `namespace/name`. */
static void
admit_multus (BvAdmission *self, const BvApiMultusNetwork *multus, guint index)
{
  g_auto (GStrv) parts = NULL;
  gboolean right;

  if (multus->network_name == NULL)
    return;
  if (multus->network_name[0] == '\0')
    {
      bv_admission_refuse (self, BV_REASON_REQUIRED, at (self, index, ".multus.networkName"),
                           _ ("The name is empty; name a NetworkAttachmentDefinition."));
      return;
    }
  parts = g_strsplit (multus->network_name, "/", 3);
  right = parts[1] == NULL
              ? bv_text_is_subdomain (parts[0])
              : parts[2] == NULL && bv_text_is_label (parts[0]) && bv_text_is_subdomain (parts[1]);
  if (!right)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".multus.networkName"),
                         _ ("“%s” cannot name a NetworkAttachmentDefinition; write its name, or "
                            "namespace/name, in lower-case letters, digits, dashes and dots."),
                         multus->network_name);
}

typedef struct
{
  int pod; /* the first of each, or -1 */
  int default_multus;
  int multus;
  int claim;
} Firsts;

static void
admit_second_pod (BvAdmission *self, const BvApiNetwork *network, guint index, int first,
                  const BvNameSet *interfaces)
{
  int interface = bv_name_set_find (interfaces, network->name);
  const char *path =
      interface < 0 ? at (self, index, ".pod")
                    : bv_admission_path (self, "domain.devices.interfaces[%d].name", interface);

  bv_admission_refuse (self, BV_REASON_DUPLICATE, path,
                       _ ("networks[%d] is the pod network already, and a guest is plugged into it "
                          "at most once; use a multus network for the others."),
                       first);
}

static void
admit_together (BvAdmission *self, const BvApiNetwork *network, guint index, Firsts *firsts,
                const BvNameSet *interfaces)
{
  gboolean is_default = network->multus != NULL && network->multus->default_;

  if (network->pod != NULL && firsts->pod >= 0)
    admit_second_pod (self, network, index, firsts->pod, interfaces);
  if (is_default && firsts->default_multus >= 0)
    bv_admission_refuse (self, BV_REASON_INVALID, at (self, index, ".multus.default"),
                         _ ("networks[%d] is the default network already; only one can be."),
                         firsts->default_multus);
  if (network->pod != NULL && firsts->pod < 0)
    firsts->pod = index;
  if (is_default && firsts->default_multus < 0)
    firsts->default_multus = index;
  if (network->multus != NULL && firsts->multus < 0)
    firsts->multus = index;
  if (network->resource_claim != NULL && firsts->claim < 0)
    firsts->claim = index;
}

static void
admit_mixtures (BvAdmission *self, const Firsts *firsts)
{
  if (firsts->pod >= 0 && firsts->default_multus >= 0)
    bv_admission_refuse (
        self, BV_REASON_INVALID, at (self, firsts->default_multus, ".multus.default"),
        _ ("A default multus network takes the place of the pod network, but networks[%d] is one; "
           "remove either."),
        firsts->pod);
  if (firsts->multus >= 0 && firsts->claim >= 0)
    bv_admission_refuse (
        self, BV_REASON_INVALID, at (self, firsts->claim, ".resourceClaim"),
        _ ("Networks from resource claims cannot stand beside multus networks (networks[%d])."),
        firsts->multus);
}

void
bv_admit_networks (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;
  g_auto (BvNameSet) interfaces = { 0 };
  g_auto (BvNameSet) names = { 0 };
  Firsts firsts = { -1, -1, -1, -1 };

  for (guint i = 0; i < devices->n_interfaces; i++)
    bv_name_set_add (&interfaces, devices->interfaces[i]->name, i);
  for (guint i = 0; i < self->spec->n_networks; i++)
    {
      const BvApiNetwork *network = self->spec->networks[i];

      admit_name (self, network, i, &names, &interfaces);
      admit_source (self, network, i);
      if (network->pod != NULL)
        admit_pod (self, network->pod, i);
      if (network->multus != NULL)
        admit_multus (self, network->multus, i);
      admit_together (self, network, i, &firsts, &interfaces);
    }
  admit_mixtures (self, &firsts);
}
