/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-guest-info.h"

#include <string.h>

/* More than any guest has that means well. */
#define MAX_ITEMS 128
#define MAX_ADDRESSES 64
#define MAX_TEXT 256

G_DEFINE_BOXED_TYPE (BvGuestInfo, bv_guest_info, bv_guest_info_ref, bv_guest_info_unref)

static void
address_free (gpointer data)
{
  BvGuestAddress *self = data;

  g_free (self->type);
  g_free (self->address);
  g_free (self);
}

static void
interface_free (gpointer data)
{
  BvGuestInterface *self = data;

  g_free (self->name);
  g_free (self->mac);
  g_ptr_array_unref (self->addresses);
  g_free (self);
}

static void
user_free (gpointer data)
{
  BvGuestUser *self = data;

  g_free (self->name);
  g_free (self->domain);
  g_free (self);
}

static void
disk_free (gpointer data)
{
  BvGuestDisk *self = data;

  g_free (self->target);
  g_free (self->serial);
  g_free (self);
}

static void
filesystem_free (gpointer data)
{
  BvGuestFilesystem *self = data;

  g_free (self->name);
  g_free (self->mount_point);
  g_free (self->type);
  g_ptr_array_unref (self->disks);
  g_free (self);
}

/**
 * bv_guest_info_new:
 *
 * Returns: (transfer full): an info that tells nothing yet
 */
BvGuestInfo *
bv_guest_info_new (void)
{
  BvGuestInfo *self = g_atomic_rc_box_new0 (BvGuestInfo);

  self->interfaces = g_ptr_array_new_with_free_func (interface_free);
  self->users = g_ptr_array_new_with_free_func (user_free);
  self->filesystems = g_ptr_array_new_with_free_func (filesystem_free);
  return self;
}

BvGuestInfo *
bv_guest_info_ref (BvGuestInfo *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
os_clear (BvGuestOs *os)
{
  g_free (os->id);
  g_free (os->name);
  g_free (os->pretty_name);
  g_free (os->version);
  g_free (os->version_id);
  g_free (os->kernel_release);
  g_free (os->kernel_version);
  g_free (os->machine);
}

static void
info_clear (gpointer data)
{
  BvGuestInfo *self = data;

  os_clear (&self->os);
  g_free (self->hostname);
  g_free (self->timezone);
  g_ptr_array_unref (self->interfaces);
  g_ptr_array_unref (self->users);
  g_ptr_array_unref (self->filesystems);
  g_free (self->agent_version);
  g_strfreev (self->commands);
}

void
bv_guest_info_unref (BvGuestInfo *self)
{
  g_atomic_rc_box_release_full (self, info_clear);
}

/**
 * bv_guest_text:
 * @text: (nullable): a text from a guest
 *
 * Makes a guest's text fit to be shown: valid UTF-8, not too long, and nothing in it that a
 * terminal would obey.
 *
 * Returns: (transfer full) (nullable): the text; %NULL for none or an empty one
 */
char *
bv_guest_text (const char *text)
{
  g_autofree char *valid = NULL;
  GString *shown;
  guint n = 0;

  if (text == NULL || *text == '\0')
    return NULL;
  valid = g_utf8_make_valid (text, MIN (strlen (text), 4 * MAX_TEXT));
  shown = g_string_new (NULL);
  for (const char *p = valid; *p != '\0' && n < MAX_TEXT; p = g_utf8_next_char (p), n++)
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (shown, g_unichar_isprint (c) ? c : '?');
    }
  return g_string_free (shown, FALSE);
}

static char *
get_text (GVariantDict *facts, const char *key)
{
  const char *text = NULL;

  g_variant_dict_lookup (facts, key, "&s", &text);
  return bv_guest_text (text);
}

static gint64
get_number (GVariantDict *facts, const char *key)
{
  g_autoptr (GVariant) value = g_variant_dict_lookup_value (facts, key, NULL);

  if (value == NULL)
    return 0;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT32))
    return g_variant_get_int32 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_variant_get_uint32 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return g_variant_get_int64 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return (gint64)MIN (g_variant_get_uint64 (value), (guint64)G_MAXINT64);
  return 0;
}

/* The member of an item: libvirt calls them `if.0.addr.1.prefix`. */
static char *
get_item_text (GVariantDict *facts, const char *item, const char *member)
{
  g_autofree char *key = g_strconcat (item, ".", member, NULL);

  return get_text (facts, key);
}

static gint64
get_item_number (GVariantDict *facts, const char *item, const char *member)
{
  g_autofree char *key = g_strconcat (item, ".", member, NULL);

  return get_number (facts, key);
}

static guint
get_count (GVariantDict *facts, const char *list, guint limit)
{
  return (guint)CLAMP (get_item_number (facts, list, "count"), 0, limit);
}

typedef void (*ItemReader) (GVariantDict *facts, const char *item, GPtrArray *items);

static void
read_list (GVariantDict *facts, const char *list, guint limit, ItemReader reader, GPtrArray *items)
{
  guint n = get_count (facts, list, limit);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *item = g_strdup_printf ("%s.%u", list, i);

      reader (facts, item, items);
    }
}

static void
read_address (GVariantDict *facts, const char *item, GPtrArray *addresses)
{
  BvGuestAddress *address = g_new0 (BvGuestAddress, 1);

  address->type = get_item_text (facts, item, "type");
  address->address = get_item_text (facts, item, "addr");
  address->prefix = (guint)CLAMP (get_item_number (facts, item, "prefix"), 0, 128);
  g_ptr_array_add (addresses, address);
  if (address->address == NULL || address->type == NULL)
    g_ptr_array_remove_index (addresses, addresses->len - 1);
}

static void
read_interface (GVariantDict *facts, const char *item, GPtrArray *interfaces)
{
  g_autofree char *addresses = g_strconcat (item, ".addr", NULL);
  BvGuestInterface *interface = g_new0 (BvGuestInterface, 1);

  interface->name = get_item_text (facts, item, "name");
  interface->mac = get_item_text (facts, item, "hwaddr");
  interface->addresses = g_ptr_array_new_with_free_func (address_free);
  read_list (facts, addresses, MAX_ADDRESSES, read_address, interface->addresses);
  g_ptr_array_add (interfaces, interface);
  if (interface->name == NULL)
    g_ptr_array_remove_index (interfaces, interfaces->len - 1);
}

static void
read_user (GVariantDict *facts, const char *item, GPtrArray *users)
{
  BvGuestUser *user = g_new0 (BvGuestUser, 1);

  user->name = get_item_text (facts, item, "name");
  user->domain = get_item_text (facts, item, "domain");
  user->login_time = get_item_number (facts, item, "login-time") / 1000;
  g_ptr_array_add (users, user);
  if (user->name == NULL)
    g_ptr_array_remove_index (users, users->len - 1);
}

static void
read_disk (GVariantDict *facts, const char *item, GPtrArray *disks)
{
  BvGuestDisk *disk = g_new0 (BvGuestDisk, 1);

  disk->target = get_item_text (facts, item, "alias");
  disk->serial = get_item_text (facts, item, "serial");
  g_ptr_array_add (disks, disk);
}

static void
read_filesystem (GVariantDict *facts, const char *item, GPtrArray *filesystems)
{
  g_autofree char *disks = g_strconcat (item, ".disk", NULL);
  BvGuestFilesystem *filesystem = g_new0 (BvGuestFilesystem, 1);

  filesystem->name = get_item_text (facts, item, "name");
  filesystem->mount_point = get_item_text (facts, item, "mountpoint");
  filesystem->type = get_item_text (facts, item, "fstype");
  filesystem->used_bytes = (guint64)MAX (get_item_number (facts, item, "used-bytes"), 0);
  filesystem->total_bytes = (guint64)MAX (get_item_number (facts, item, "total-bytes"), 0);
  filesystem->disks = g_ptr_array_new_with_free_func (disk_free);
  read_list (facts, disks, MAX_ITEMS, read_disk, filesystem->disks);
  g_ptr_array_add (filesystems, filesystem);
  if (filesystem->mount_point == NULL)
    g_ptr_array_remove_index (filesystems, filesystems->len - 1);
}

static void
read_os (GVariantDict *facts, BvGuestOs *os)
{
  os->id = get_text (facts, "os.id");
  os->name = get_text (facts, "os.name");
  os->pretty_name = get_text (facts, "os.pretty-name");
  os->version = get_text (facts, "os.version");
  os->version_id = get_text (facts, "os.version-id");
  os->kernel_release = get_text (facts, "os.kernel-release");
  os->kernel_version = get_text (facts, "os.kernel-version");
  os->machine = get_text (facts, "os.machine");
}

/**
 * bv_guest_info_new_from_facts:
 * @facts: an `a{sv}` with what virDomainGetGuestInfo() told
 * @parts: what it was asked for
 *
 * Returns: (transfer full): the info
 */
BvGuestInfo *
bv_guest_info_new_from_facts (GVariant *facts, BvGuestParts parts)
{
  BvGuestInfo *self = bv_guest_info_new ();
  GVariantDict dict;

  g_variant_dict_init (&dict, facts);
  self->parts = parts;
  if ((parts & BV_GUEST_OS) != 0)
    read_os (&dict, &self->os);
  if ((parts & BV_GUEST_HOSTNAME) != 0)
    self->hostname = get_text (&dict, "hostname");
  if ((parts & BV_GUEST_TIMEZONE) != 0)
    {
      self->timezone = get_text (&dict, "timezone.name");
      self->timezone_offset = (int)CLAMP (get_number (&dict, "timezone.offset"), -86400, 86400);
    }
  if ((parts & BV_GUEST_INTERFACES) != 0)
    read_list (&dict, "if", MAX_ITEMS, read_interface, self->interfaces);
  if ((parts & BV_GUEST_USERS) != 0)
    read_list (&dict, "user", MAX_ITEMS, read_user, self->users);
  if ((parts & BV_GUEST_FILESYSTEMS) != 0)
    read_list (&dict, "fs", MAX_ITEMS, read_filesystem, self->filesystems);
  g_variant_dict_clear (&dict);
  return self;
}

static void
os_copy (BvGuestOs *to, const BvGuestOs *from)
{
  to->id = g_strdup (from->id);
  to->name = g_strdup (from->name);
  to->pretty_name = g_strdup (from->pretty_name);
  to->version = g_strdup (from->version);
  to->version_id = g_strdup (from->version_id);
  to->kernel_release = g_strdup (from->kernel_release);
  to->kernel_version = g_strdup (from->kernel_version);
  to->machine = g_strdup (from->machine);
}

/* Lists are never changed once they are told, so they are shared. */
static void
share_list (GPtrArray **to, GPtrArray *from)
{
  g_ptr_array_unref (*to);
  *to = g_ptr_array_ref (from);
}

static void
copy_parts (BvGuestInfo *to, const BvGuestInfo *from, BvGuestParts parts)
{
  if ((parts & BV_GUEST_OS) != 0)
    os_copy (&to->os, &from->os);
  if ((parts & BV_GUEST_HOSTNAME) != 0)
    to->hostname = g_strdup (from->hostname);
  if ((parts & BV_GUEST_TIMEZONE) != 0)
    {
      to->timezone = g_strdup (from->timezone);
      to->timezone_offset = from->timezone_offset;
    }
  if ((parts & BV_GUEST_INTERFACES) != 0)
    share_list (&to->interfaces, from->interfaces);
  if ((parts & BV_GUEST_USERS) != 0)
    share_list (&to->users, from->users);
  if ((parts & BV_GUEST_FILESYSTEMS) != 0)
    share_list (&to->filesystems, from->filesystems);
  if ((parts & BV_GUEST_VERSION) != 0)
    {
      to->agent_version = g_strdup (from->agent_version);
      to->commands = g_strdupv (from->commands);
    }
  if ((parts & BV_GUEST_FREEZE) != 0)
    to->is_frozen = from->is_frozen;
  if ((parts & BV_GUEST_LOAD) != 0)
    memcpy (to->load, from->load, sizeof to->load);
  to->parts |= parts;
}

/**
 * bv_guest_info_merge:
 * @older: what was known
 * @newer: what has been told now
 *
 * Returns: (transfer full): the parts of @newer, and those of @older that it lacks
 */
BvGuestInfo *
bv_guest_info_merge (const BvGuestInfo *older, const BvGuestInfo *newer)
{
  BvGuestInfo *self = bv_guest_info_new ();

  copy_parts (self, older, older->parts & ~newer->parts);
  copy_parts (self, newer, newer->parts);
  return self;
}

static gboolean
equal_text (const char *a, const char *b)
{
  return g_strcmp0 (a, b) == 0;
}

static gboolean
equal_lists (GPtrArray *a, GPtrArray *b, GEqualFunc equal_items)
{
  gboolean equal = a->len == b->len;

  if (a == b)
    return TRUE;
  for (guint i = 0; i < a->len && equal; i++)
    equal = equal_items (g_ptr_array_index (a, i), g_ptr_array_index (b, i));
  return equal;
}

static gboolean
equal_addresses (gconstpointer a, gconstpointer b)
{
  const BvGuestAddress *one = a, *other = b;

  return equal_text (one->type, other->type) && equal_text (one->address, other->address) &&
         one->prefix == other->prefix;
}

static gboolean
equal_interfaces (gconstpointer a, gconstpointer b)
{
  const BvGuestInterface *one = a, *other = b;

  return equal_text (one->name, other->name) && equal_text (one->mac, other->mac) &&
         equal_lists (one->addresses, other->addresses, equal_addresses);
}

static gboolean
equal_users (gconstpointer a, gconstpointer b)
{
  const BvGuestUser *one = a, *other = b;

  return equal_text (one->name, other->name) && equal_text (one->domain, other->domain) &&
         one->login_time == other->login_time;
}

static gboolean
equal_disks (gconstpointer a, gconstpointer b)
{
  const BvGuestDisk *one = a, *other = b;

  return equal_text (one->target, other->target) && equal_text (one->serial, other->serial);
}

static gboolean
equal_filesystems (gconstpointer a, gconstpointer b)
{
  const BvGuestFilesystem *one = a, *other = b;

  return equal_text (one->name, other->name) && equal_text (one->mount_point, other->mount_point) &&
         equal_text (one->type, other->type) && one->used_bytes == other->used_bytes &&
         one->total_bytes == other->total_bytes &&
         equal_lists (one->disks, other->disks, equal_disks);
}

static gboolean
equal_os (const BvGuestOs *a, const BvGuestOs *b)
{
  return equal_text (a->id, b->id) && equal_text (a->name, b->name) &&
         equal_text (a->pretty_name, b->pretty_name) && equal_text (a->version, b->version) &&
         equal_text (a->version_id, b->version_id) &&
         equal_text (a->kernel_release, b->kernel_release) &&
         equal_text (a->kernel_version, b->kernel_version) && equal_text (a->machine, b->machine);
}

static gboolean
equal_commands (char **a, char **b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strv_equal ((const char *const *)a, (const char *const *)b);
}

/**
 * bv_guest_info_has_command:
 * @self: an info
 * @name: the name of a command
 *
 * Returns: whether the agent says that it answers to it
 */
gboolean
bv_guest_info_has_command (const BvGuestInfo *self, const char *name)
{
  return self->commands != NULL && g_strv_contains ((const char *const *)self->commands, name);
}

/**
 * bv_guest_info_equal:
 * @a: an info
 * @b: another
 *
 * Returns: whether they tell the same
 */
gboolean
bv_guest_info_equal (const BvGuestInfo *a, const BvGuestInfo *b)
{
  return a->parts == b->parts && equal_os (&a->os, &b->os) &&
         equal_text (a->hostname, b->hostname) && equal_text (a->timezone, b->timezone) &&
         a->timezone_offset == b->timezone_offset &&
         equal_text (a->agent_version, b->agent_version) &&
         equal_commands (a->commands, b->commands) && a->is_frozen == b->is_frozen &&
         memcmp (a->load, b->load, sizeof a->load) == 0 &&
         equal_lists (a->interfaces, b->interfaces, equal_interfaces) &&
         equal_lists (a->users, b->users, equal_users) &&
         equal_lists (a->filesystems, b->filesystems, equal_filesystems);
}
