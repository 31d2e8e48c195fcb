/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"
#include "admit/bv-name-set.h"
#include "admit/bv-text-rules.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* libvirt tells devices apart by their names, whatever their kinds, and refuses two of one name. */

typedef struct
{
  const char *list;
  gboolean is_list;
  guint index;
} Place;

typedef struct
{
  BvAdmission *admission;
  BvNameSet names;
  GArray *places; /* of Place */
} Aliases;

static const char *
print_place (Aliases *self, const Place *place)
{
  if (!place->is_list)
    return bv_arena_strdup (self->admission->arena, place->list);
  return bv_arena_printf (self->admission->arena, "%s[%u]", place->list, place->index);
}

/* libvirt drops an alias with other characters; the guest runs all the same. */
static void
admit_characters (Aliases *self, const Place *place, const char *name)
{
  if (strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") == strlen (name))
    return;
  bv_admission_warn (
      self->admission,
      bv_admission_path (self->admission, "domain.devices.%s.name", print_place (self, place)),
      _ ("libvirt keeps names of letters, digits, dashes and underscores; the device will not be "
         "called “%s” there."),
      name);
}

/* TOLD: what is wrong with names in this list, by themselves, is told elsewhere. */
static void
add (Aliases *self, const Place *place, const char *name, gboolean told)
{
  const Place *other;
  int earlier;

  if (!bv_text_is_given (name))
    return;
  if (!told)
    admit_characters (self, place, name);
  earlier = bv_name_set_add (&self->names, name, self->places->len);
  if (earlier < 0)
    {
      g_array_append_vals (self->places, place, 1);
      return;
    }
  other = &g_array_index (self->places, Place, earlier);
  if (told && g_str_equal (other->list, place->list))
    return;
  bv_admission_refuse (
      self->admission, BV_REASON_DUPLICATE,
      bv_admission_path (self->admission, "domain.devices.%s.name", print_place (self, place)),
      _ ("%s is called “%s” already, and libvirt tells devices apart by their names; give this one "
         "another."),
      print_place (self, other), name);
}

static void
clear (Aliases *self)
{
  bv_name_set_clear (&self->names);
  g_array_set_size (self->places, 0);
}

/* Devices whose alias is just their name. */
static void
admit_plain (Aliases *self, const BvApiDevices *devices)
{
  for (guint i = 0; i < devices->n_disks; i++)
    add (self, &(Place){ "disks", TRUE, i }, devices->disks[i]->name, TRUE);
  for (guint i = 0; i < devices->n_interfaces; i++)
    if (devices->interfaces[i]->sriov == NULL)
      add (self, &(Place){ "interfaces", TRUE, i }, devices->interfaces[i]->name, TRUE);
  for (guint i = 0; i < devices->n_inputs; i++)
    add (self, &(Place){ "inputs", TRUE, i }, devices->inputs[i]->name, FALSE);
  if (devices->sound != NULL)
    add (self, &(Place){ "sound" }, devices->sound->name, FALSE);
  if (devices->watchdog != NULL)
    add (self, &(Place){ "watchdog" }, devices->watchdog->name, FALSE);
  clear (self);
}

void
bv_admit_aliases (BvAdmission *admission)
{
  const BvApiDevices *devices = admission->spec->domain->devices;
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  Aliases self = { .admission = admission, .places = places };

  admit_plain (&self, devices);
  for (guint i = 0; i < devices->n_gpus; i++)
    add (&self, &(Place){ "gpus", TRUE, i }, devices->gpus[i]->name, FALSE);
  clear (&self);
  for (guint i = 0; i < devices->n_host_devices; i++)
    add (&self, &(Place){ "hostDevices", TRUE, i }, devices->host_devices[i]->name, FALSE);
  clear (&self);
}
