/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "model/bv-error.h"
#include "network/bv-bridge-interface.h"
#include "network/bv-macvtap-interface.h"
#include "network/bv-masquerade-interface.h"
#include "network/bv-old-passt-interface.h"
#include "network/bv-passt-interface.h"
#include "network/bv-plugin-interface.h"
#include "network/bv-slirp-interface.h"
#include "network/bv-sriov-interface.h"

#include <glib/gi18n-lib.h>

#define N_BINDINGS 8

/* What the bindings decide, asked of records: the part of BvInterface that needs no instance. */

static const BvInterfaceClass *const *
get_classes (void)
{
  static const BvInterfaceClass *classes[N_BINDINGS];
  static gsize made;

  if (g_once_init_enter (&made))
    {
      /* The commonest first; classes of static types live as long as the process. */
      const GType types[N_BINDINGS] = {
        BV_TYPE_MASQUERADE_INTERFACE, BV_TYPE_BRIDGE_INTERFACE,    BV_TYPE_SRIOV_INTERFACE,
        BV_TYPE_PASST_INTERFACE,      BV_TYPE_PLUGIN_INTERFACE,    BV_TYPE_SLIRP_INTERFACE,
        BV_TYPE_MACVTAP_INTERFACE,    BV_TYPE_OLD_PASST_INTERFACE,
      };

      for (gsize i = 0; i < N_BINDINGS; i++)
        classes[i] = g_type_class_ref (types[i]);
      g_once_init_leave (&made, 1);
    }
  return classes;
}

/* NULL for an interface without a binding, which admission refuses. */
const BvInterfaceClass *
bv_interface_class_of (const BvApiInterface *record)
{
  const BvInterfaceClass *const *classes = get_classes ();

  for (gsize i = 0; i < N_BINDINGS; i++)
    if (classes[i]->matches (record))
      return classes[i];
  return NULL;
}

/* Whether it has a binding that still exists; for VMIs that have not been admitted. */
gboolean
bv_interface_check (const BvApiInterface *record, GError **error)
{
  const BvInterfaceClass *class = bv_interface_class_of (record);

  if (class == NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_INVALID_MANIFEST,
                   _ ("It says no binding; give it one, “masquerade: {}” for example."));
      return FALSE;
    }
  if (class->successor != NULL)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                   _ ("The binding “%s” is discontinued; use “%s” instead."), class->binding,
                   class->successor);
      return FALSE;
    }
  return TRUE;
}

/* How it is plugged in: as the facts say, or by its binding. NULL for one that is to be unplugged,
 * and for a plugin of which the facts know nothing, which then is the plugin's to add. */
const BvAttachment *
bv_interface_find_attachment (const BvApiInterface *record, const BvFactsNetwork *facts)
{
  const BvInterfaceClass *class;

  if (g_strcmp0 (record->state, "absent") == 0)
    return NULL;
  if (facts != NULL && facts->attachment != NULL)
    return bv_attachment_find (facts->attachment);
  class = bv_interface_class_of (record);
  return class == NULL ? NULL : bv_attachment_find (class->attachment);
}

void
bv_interface_fill (const BvApiInterface *record, const BvApiObjectMeta *metadata,
                   const BvAttachment *attachment, BvXml *node)
{
  const BvInterfaceClass *class = bv_interface_class_of (record);

  if (class != NULL && class->fill != NULL)
    class->fill (record, metadata, attachment, node);
}

gboolean
bv_interface_record_can_migrate (const BvApiInterface *record,
                                 const BvApiVirtualMachineInstance *vmi)
{
  const BvInterfaceClass *class = bv_interface_class_of (record);

  return class != NULL && class->can_migrate != NULL && class->can_migrate (record, vmi);
}
