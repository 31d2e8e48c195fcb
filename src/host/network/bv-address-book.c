/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/network/bv-address-book.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bv-error.h"

/* The file is a key file: a group a network, with its ranges, and a group "NETWORK/MAC" for each
 * that has addresses there. */

#define FIRST_GUEST 2 /* after the network's own address and the host's */
#define MOST_GUESTS 65536

struct _BvAddressBook
{
  char *path;
  GKeyFile *file;
  gboolean changed;
};

BvAddressBook *
bv_address_book_new (const char *path)
{
  BvAddressBook *self = g_new0 (BvAddressBook, 1);
  g_autoptr (GError) error = NULL;

  self->path = g_strdup (path);
  self->file = g_key_file_new ();
  if (!g_key_file_load_from_file (self->file, path, G_KEY_FILE_NONE, &error) &&
      !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    g_warning (_ ("Guests may get other addresses than before: %s: %s."), path, error->message);
  return self;
}

void
bv_address_book_free (BvAddressBook *self)
{
  g_key_file_unref (self->file);
  g_free (self->path);
  g_free (self);
}

static const char *
get_key (GSocketFamily family)
{
  return family == G_SOCKET_FAMILY_IPV6 ? "ipv6" : "ipv4";
}

static void
set_value (BvAddressBook *self, const char *group, const char *key, const char *value)
{
  g_autofree char *before = g_key_file_get_string (self->file, group, key, NULL);

  if (g_strcmp0 (before, value) == 0)
    return;
  g_key_file_set_string (self->file, group, key, value);
  self->changed = TRUE;
}

gboolean
bv_address_book_get_range (BvAddressBook *self, const char *network, GSocketFamily family,
                           BvIpRange *range)
{
  g_autofree char *text = g_key_file_get_string (self->file, network, get_key (family), NULL);

  return text != NULL && bv_ip_range_parse (text, range) && range->family == family;
}

void
bv_address_book_set_range (BvAddressBook *self, const char *network, const BvIpRange *range)
{
  g_autofree char *text = bv_ip_range_to_string (range);

  set_value (self, network, get_key (range->family), text);
}

static char *
make_group (const char *network, const char *mac)
{
  return g_strconcat (network, "/", mac, NULL);
}

char *
bv_address_book_find (BvAddressBook *self, const char *network, const char *mac,
                      GSocketFamily family)
{
  g_autofree char *group = make_group (network, mac);

  return g_key_file_get_string (self->file, group, get_key (family), NULL);
}

/* The addresses of NETWORK -> the groups that have them. */
static GHashTable *
collect (BvAddressBook *self, const char *network, GSocketFamily family)
{
  GHashTable *owners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *prefix = g_strconcat (network, "/", NULL);
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      char *address = g_str_has_prefix (groups[i], prefix)
                          ? g_key_file_get_string (self->file, groups[i], get_key (family), NULL)
                          : NULL;

      if (address != NULL)
        g_hash_table_insert (owners, address, g_strdup (groups[i]));
    }
  return owners;
}

/* One that nobody has, else one of a guest that does not run. Where to begin follows from MAC: so
 * guests of two hosts rarely have the same, and can move to one another. */
static char *
choose (const BvIpRange *range, const char *network, const char *mac, GHashTable *owners,
        GHashTable *taken)
{
  guint64 end = MIN (bv_ip_range_count (range) - 1, MOST_GUESTS);
  guint64 count = end > FIRST_GUEST ? end - FIRST_GUEST : 0;
  guint64 first = count > 0 ? g_str_hash (mac) % count : 0;
  gsize skip = strlen (network) + 1;

  for (guint pass = 0; pass < 2; pass++)
    for (guint64 i = 0; i < count; i++)
      {
        g_autofree char *address =
            bv_ip_range_get_address (range, FIRST_GUEST + (first + i) % count);
        const char *owner = g_hash_table_lookup (owners, address);

        if (owner == NULL || (pass == 1 && !g_hash_table_contains (taken, owner + skip)))
          return g_steal_pointer (&address);
      }
  return NULL;
}

static void
give (BvAddressBook *self, const char *group, const char *owner, GSocketFamily family,
      const char *address)
{
  if (owner != NULL && !g_str_equal (owner, group))
    g_key_file_remove_key (self->file, owner, get_key (family), NULL);
  set_value (self, group, get_key (family), address);
}

gboolean
bv_address_book_take (BvAddressBook *self, const char *network, const char *mac,
                      const BvIpRange *range, GHashTable *taken, const char *address,
                      GError **error)
{
  g_autofree char *group = make_group (network, mac);
  g_autoptr (GHashTable) owners = collect (self, network, range->family);
  const char *owner = g_hash_table_lookup (owners, address);
  g_autofree char *text = bv_ip_range_to_string (range);

  if (!bv_ip_range_contains (range, address))
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("The guest has the address %s, and guests there have addresses of %s. Set the "
                    "same range in [network] of barevirt.conf on both hosts."),
                 address, text);
  else if (owner != NULL && !g_str_equal (owner, group) &&
           g_hash_table_contains (taken, owner + strlen (network) + 1))
    g_set_error (error, BV_ERROR, BV_ERROR_CONFLICT,
                 _ ("The address %s of the guest is that of a guest that runs there, with the MAC "
                    "address %s. Stop one of the two first."),
                 address, owner + strlen (network) + 1);
  else
    {
      give (self, group, owner, range->family, address);
      return TRUE;
    }
  return FALSE;
}

char *
bv_address_book_reserve (BvAddressBook *self, const char *network, const char *mac,
                         const BvIpRange *range, GHashTable *taken, GError **error)
{
  g_autofree char *group = make_group (network, mac);
  g_autofree char *address = bv_address_book_find (self, network, mac, range->family);
  g_autoptr (GHashTable) owners = NULL;

  if (address != NULL && bv_ip_range_contains (range, address))
    return g_steal_pointer (&address);
  g_free (address);
  owners = collect (self, network, range->family);
  address = choose (range, network, mac, owners, taken);
  if (address == NULL)
    {
      g_autofree char *text = bv_ip_range_to_string (range);

      g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                   _ ("All addresses of %s are taken by guests that run; stop one of them, or set "
                      "a larger range."),
                   text);
      return NULL;
    }
  give (self, group, g_hash_table_lookup (owners, address), range->family, address);
  return g_steal_pointer (&address);
}

/* On disk before a guest has the address. */
gboolean
bv_address_book_save (BvAddressBook *self, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!self->changed)
    return TRUE;
  text = g_key_file_to_data (self->file, &length, NULL);
  if (!g_file_set_contents_full (self->path, text, (gssize)length,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 error))
    return FALSE;
  self->changed = FALSE;
  return TRUE;
}
