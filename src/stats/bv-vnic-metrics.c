/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "stats/bv-vnic-metrics.h"

static const char *
find_network (const BvApiVirtualMachineInstanceSpec *spec, const char *name)
{
  for (guint i = 0; i < spec->n_networks; i++)
    if (g_strcmp0 (spec->networks[i]->name, name) == 0)
      return spec->networks[i]->multus != NULL ? spec->networks[i]->multus->network_name
                                               : "pod networking";
  return NULL;
}

/* What KubeVirt takes for the type and the name of a binding. */
static void
add_binding (GString *label, const BvApiInterface *interface)
{
  const struct
  {
    gconstpointer is;
    const char *name;
  } bindings[] = {
    { interface->masquerade, "masquerade" },
    { interface->bridge, "bridge" },
    { interface->sriov, "sriov" },
    { interface->passt_binding, "passt" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bindings); i++)
    if (bindings[i].is != NULL)
      {
        bv_exposition_add_label (label, "binding_type", "core");
        bv_exposition_add_label (label, "binding_name", bindings[i].name);
        return;
      }
  if (interface->binding != NULL)
    {
      bv_exposition_add_label (label, "binding_type", "plugin");
      bv_exposition_add_label (label, "binding_name", interface->binding->name);
    }
}

void
bv_vnic_metrics_add (BvExposition *exposition, guint family, const char *labels,
                     const BvApiVirtualMachineInstanceSpec *spec)
{
  const BvApiDevices *devices = spec->domain->devices;
  g_autoptr (GString) label = g_string_new (NULL);

  for (guint i = 0; devices != NULL && i < devices->n_interfaces; i++)
    {
      const BvApiInterface *interface = devices->interfaces[i];
      const char *network = find_network (spec, interface->name);

      if (network == NULL)
        continue;
      g_string_truncate (label, 0);
      bv_exposition_add_label (label, "vnic_name", interface->name);
      add_binding (label, interface);
      bv_exposition_add_label (label, "network", network);
      bv_exposition_add_label (label, "model",
                               interface->model != NULL ? interface->model : "<none>");
      bv_exposition_add (exposition, family, labels, label->str, 1, BV_SCALE_ONE);
    }
}
