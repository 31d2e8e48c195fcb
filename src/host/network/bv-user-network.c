/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "host/network/bv-network-names.h"
#include "host/network/bv-network-preparer.h"
#include "model/bv-error.h"
#include "model/bv-vmi-private.h"
#include "network/bv-publication.h"

/* The pod network where there are no privileges: passt, or what adaptation puts in its place. Also
 * for the binding that asks for passt. */

static gboolean
matches (const BvNetworkWork *work, BvNetworkMode mode)
{
  if (work->network->pod == NULL)
    return FALSE;
  return mode == BV_NETWORK_MODE_SESSION || work->interface->passt_binding != NULL;
}

static gboolean
prepare (const BvNetworkWork *work, BvNetworkFacts *facts, GError **error)
{
  const BvApiObjectMeta *metadata = bv_vmi_get_record (work->work->vmi)->metadata;
  const char *published =
      bv_string_map_get (metadata->annotations, metadata->n_annotations, BV_PUBLISH_ANNOTATION);

  if (published != NULL && published[0] != '\0')
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
          _ ("Ports of the host cannot be published for a guest that has no network of the "
             "host's; remove the annotation %s, or run it in the system's service."),
          BV_PUBLISH_ANNOTATION);
      return FALSE;
    }
  facts->attachment = "passt";
  facts->mac = bv_network_names_make_mac (work->work->vmi, work->interface);
  return TRUE;
}

const BvNetworkPreparer bv_user_preparer = { matches, prepare, NULL };
