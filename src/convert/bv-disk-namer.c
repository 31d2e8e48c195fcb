/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-disk-namer.h"

#include <string.h>

#define LETTERS 26
#define MAX_LETTERS 5

static const struct
{
  const char *bus;
  const char *prefix;
  gsize sequence;
} buses[] = {
  { "virtio", "vd", G_STRUCT_OFFSET (BvDiskNamer, virtio) },
  { "sata", "sd", G_STRUCT_OFFSET (BvDiskNamer, scsi) },
  { "scsi", "sd", G_STRUCT_OFFSET (BvDiskNamer, scsi) },
  { "usb", "sd", G_STRUCT_OFFSET (BvDiskNamer, scsi) },
};

static BvDiskSequence *
find_sequence (BvDiskNamer *self, const char *bus, const char **prefix)
{
  for (gsize i = 0; i < G_N_ELEMENTS (buses); i++)
    if (g_strcmp0 (buses[i].bus, bus) == 0)
      {
        *prefix = buses[i].prefix;
        return G_STRUCT_MEMBER_P (self, buses[i].sequence);
      }
  return NULL;
}

/* a is 0, z 25, aa 26. */
static gboolean
parse_letters (const char *letters, guint *number)
{
  gsize length = strlen (letters);
  guint value = 0;

  if (length == 0 || length > MAX_LETTERS)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_islower (letters[i]))
        return FALSE;
      value = value * LETTERS + (guint)(letters[i] - 'a') + 1;
    }
  *number = value - 1;
  return TRUE;
}

/* The number of NAME; FALSE where no disk on BUS can be called so. */
gboolean
bv_disk_namer_find (BvDiskNamer *self, const char *bus, const char *name, guint *number)
{
  const char *prefix;

  return find_sequence (self, bus, &prefix) != NULL && g_str_has_prefix (name, prefix) &&
         parse_letters (name + strlen (prefix), number);
}

/* No other disk gets NAME. */
void
bv_disk_namer_keep (BvDiskNamer *self, const char *bus, const char *name)
{
  const char *prefix;
  BvDiskSequence *sequence = find_sequence (self, bus, &prefix);
  guint number;

  if (!bv_disk_namer_find (self, bus, name, &number))
    return;
  if (sequence->taken == NULL)
    sequence->taken = g_hash_table_new (NULL, NULL);
  g_hash_table_add (sequence->taken, GUINT_TO_POINTER (number));
}

/* The first that is free; FALSE for a bus that is not known. */
gboolean
bv_disk_namer_next (BvDiskNamer *self, const char *bus, guint *number)
{
  const char *prefix;
  BvDiskSequence *sequence = find_sequence (self, bus, &prefix);

  if (sequence == NULL)
    return FALSE;
  while (sequence->taken != NULL &&
         g_hash_table_contains (sequence->taken, GUINT_TO_POINTER (sequence->next)))
    sequence->next++;
  *number = sequence->next++;
  return TRUE;
}

void
bv_disk_namer_print (const char *bus, guint number, char name[BV_DISK_NAME_SIZE])
{
  BvDiskNamer unused;
  const char *prefix = "";
  char letters[BV_DISK_NAME_SIZE];
  char *first = letters + sizeof letters - 1;
  guint64 rest = (guint64)number + 1;

  find_sequence (&unused, bus, &prefix);
  *first = '\0';
  for (; rest > 0; rest = (rest - 1) / LETTERS)
    *--first = (char)('a' + (rest - 1) % LETTERS);
  g_strlcpy (name, prefix, BV_DISK_NAME_SIZE);
  g_strlcat (name, first, BV_DISK_NAME_SIZE);
}

void
bv_disk_namer_clear (BvDiskNamer *self)
{
  g_clear_pointer (&self->virtio.taken, g_hash_table_unref);
  g_clear_pointer (&self->scsi.taken, g_hash_table_unref);
}
