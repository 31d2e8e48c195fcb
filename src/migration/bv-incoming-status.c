/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "migration/bv-incoming-status.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"
#include "model/bv-json.h"
#include "runtime/vmi/bv-phase.h"
#include "runtime/vm/bv-vm-strategy.h"

#define MOST_MEMBERS 16
#define MOST_ELEMENTS 256
#define LONGEST_ADDRESS 256

typedef enum
{
  TEXT,
  WHOLE, /* a number that is not below 0 */
  GRACE, /* likewise, or -1 */
  TRUTH,
  REQUEST,
  PHASE,
  ADDRESSES,
  TRANSITIONS,
} Form;

typedef struct
{
  const char *name;
  Form form;
  gboolean must;
} Member;

/* What is of the other host alone, its folders, volumes and reservations, is not taken over. */
static const struct
{
  const char *kind;
  Member members[MOST_MEMBERS];
} kinds[] = {
  { "VirtualMachineInstance",
    { { "phase", PHASE, TRUE },
      { "reason", TEXT, TRUE },
      { "lastMigration", TEXT },
      { "pausedByUser", TRUTH, TRUE },
      { "stopping", TRUTH, TRUE },
      { "cancelled", TRUTH },
      { "shutdownStarted", WHOLE, TRUE },
      { "guestAtBoot", WHOLE },
      { "refusedMemory", WHOLE },
      { "gracePeriod", GRACE, TRUE },
      { "thawAt", WHOLE },
      { "transitions", TRANSITIONS, TRUE },
      { "addresses", ADDRESSES, TRUE } } },
  { "VirtualMachine",
    { { "seenStrategy", TEXT },
      { "request", REQUEST },
      { "startPaused", TRUTH },
      { "failedUid", TEXT },
      { "failures", WHOLE },
      { "retryAt", WHOLE } } },
  { "VirtualMachineInstanceMigration", { { "source", TEXT, TRUE }, { "target", TEXT, TRUE } } },
};

static gboolean
holds (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

static gboolean
is_phase (JsonNode *node)
{
  BvPhase phase = holds (node, G_TYPE_STRING) ? bv_phase_from_string (json_node_get_string (node))
                                              : BV_PHASE_UNKNOWN;

  return phase != BV_PHASE_UNKNOWN && phase != BV_PHASE_UNSET;
}

static gboolean
is_address (JsonNode *node)
{
  return holds (node, G_TYPE_STRING) && strlen (json_node_get_string (node)) <= LONGEST_ADDRESS;
}

static gboolean
is_transition (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  return object != NULL && json_object_get_size (object) == 2 &&
         json_object_has_member (object, "phase") && json_object_has_member (object, "time") &&
         is_phase (json_object_get_member (object, "phase")) &&
         holds (json_object_get_member (object, "time"), G_TYPE_INT64);
}

static gboolean
is_list (JsonNode *node, gboolean (*is_element) (JsonNode *node))
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) > MOST_ELEMENTS)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!is_element (json_array_get_element (array, i)))
      return FALSE;
  return TRUE;
}

static gboolean
has_form (JsonNode *node, Form form)
{
  switch (form)
    {
    case TEXT:
      return holds (node, G_TYPE_STRING);
    case WHOLE:
      return holds (node, G_TYPE_INT64) && json_node_get_int (node) >= 0;
    case GRACE:
      return holds (node, G_TYPE_INT64) && json_node_get_int (node) >= -1;
    case TRUTH:
      return holds (node, G_TYPE_BOOLEAN);
    case REQUEST:
      return holds (node, G_TYPE_INT64) && json_node_get_int (node) >= BV_VM_REQUEST_NONE &&
             json_node_get_int (node) <= BV_VM_REQUEST_RESTART;
    case PHASE:
      return is_phase (node);
    case ADDRESSES:
      return is_list (node, is_address);
    case TRANSITIONS:
      return is_list (node, is_transition);
    default:
      return FALSE;
    }
}

static gboolean
take (const BvStoreRow *row, const Member *member, JsonObject *theirs, JsonObject *ours,
      GError **error)
{
  JsonNode *node = json_object_get_member (theirs, member->name);

  if (node == NULL && !member->must)
    return TRUE;
  if (node != NULL && has_form (node, member->form))
    {
      json_object_set_member (ours, member->name, json_node_copy (node));
      return TRUE;
    }
  g_set_error (error, BV_ERROR, BV_ERROR_INVALID_ARGUMENT,
               node == NULL
                   ? _ ("The status of the %s %s/%s that the other host sent has no %s. Are both "
                        "of the same version of Barevirt?")
                   : _ ("The status of the %s %s/%s that the other host sent has a wrong %s. Are "
                        "both of the same version of Barevirt?"),
               row->kind, row->namespace, row->name, member->name);
  return FALSE;
}

static gboolean
take_all (const BvStoreRow *row, JsonObject *theirs, JsonObject *ours, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (gsize n = 0; g_str_equal (kinds[i].kind, row->kind) && n < MOST_MEMBERS; n++)
      if (kinds[i].members[n].name != NULL &&
          !take (row, &kinds[i].members[n], theirs, ours, error))
        return FALSE;
  return TRUE;
}

gboolean
bv_incoming_status_clean (BvStoreRow *row, GError **error)
{
  g_autoptr (JsonNode) root = bv_json_parse_object (row->status, error);
  g_autoptr (JsonNode) clean = json_node_new (JSON_NODE_OBJECT);
  JsonObject *ours = json_object_new ();

  json_node_take_object (clean, ours);
  if (root == NULL || !take_all (row, json_node_get_object (root), ours, error))
    return FALSE;
  g_free (row->status);
  row->status = json_to_string (clean, FALSE);
  return TRUE;
}
