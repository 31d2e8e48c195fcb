/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/bv-guest-info-variant.h"

GVariant *
bv_guest_os_to_variant (const BvGuestInfo *info)
{
  const BvGuestOs *os = &info->os;
  const struct
  {
    const char *name;
    const char *value;
  } fields[] = {
    { "id", os->id },
    { "name", os->name },
    { "prettyName", os->pretty_name },
    { "version", os->version },
    { "versionId", os->version_id },
    { "kernelRelease", os->kernel_release },
    { "kernelVersion", os->kernel_version },
    { "machine", os->machine },
  };
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (fields[i].value != NULL)
      g_variant_builder_add (&builder, "{ss}", fields[i].name, fields[i].value);
  return g_variant_builder_end (&builder);
}

static void
insert_text (GVariantDict *dict, const char *key, const char *text)
{
  g_variant_dict_insert (dict, key, "s", text != NULL ? text : "");
}

static GVariant *
make_interface (const BvGuestInterface *interface)
{
  g_autoptr (GStrvBuilder) addresses = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;
  GVariantDict dict;

  for (guint i = 0; i < interface->addresses->len; i++)
    {
      const BvGuestAddress *address = g_ptr_array_index (interface->addresses, i);

      g_strv_builder_add (addresses, address->address);
    }
  list = g_strv_builder_end (addresses);
  g_variant_dict_init (&dict, NULL);
  insert_text (&dict, "name", interface->name);
  insert_text (&dict, "mac", interface->mac);
  g_variant_dict_insert (&dict, "addresses", "^as", list);
  return g_variant_dict_end (&dict);
}

GVariant *
bv_guest_interfaces_to_variant (const BvGuestInfo *info)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < info->interfaces->len; i++)
    g_variant_builder_add_value (&builder,
                                 make_interface (g_ptr_array_index (info->interfaces, i)));
  return g_variant_builder_end (&builder);
}

GVariant *
bv_guest_users_to_variant (const BvGuestInfo *info)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < info->users->len; i++)
    {
      const BvGuestUser *user = g_ptr_array_index (info->users, i);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      insert_text (&dict, "userName", user->name);
      insert_text (&dict, "domain", user->domain);
      g_variant_dict_insert (&dict, "loginTime", "x", user->login_time);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
make_disks (GPtrArray *disks, GHashTable *buses)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < disks->len; i++)
    {
      const BvGuestDisk *disk = g_ptr_array_index (disks, i);
      const char *bus =
          disk->target != NULL && buses != NULL ? g_hash_table_lookup (buses, disk->target) : NULL;
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      insert_text (&dict, "target", disk->target);
      insert_text (&dict, "busType", bus);
      insert_text (&dict, "serial", disk->serial);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&builder);
}

GVariant *
bv_guest_filesystems_to_variant (const BvGuestInfo *info, GHashTable *buses)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < info->filesystems->len; i++)
    {
      const BvGuestFilesystem *filesystem = g_ptr_array_index (info->filesystems, i);
      GVariantDict dict;

      g_variant_dict_init (&dict, NULL);
      insert_text (&dict, "diskName", filesystem->name);
      insert_text (&dict, "mountPoint", filesystem->mount_point);
      insert_text (&dict, "fileSystemType", filesystem->type);
      g_variant_dict_insert (&dict, "usedBytes", "t", filesystem->used_bytes);
      g_variant_dict_insert (&dict, "totalBytes", "t", filesystem->total_bytes);
      g_variant_dict_insert_value (&dict, "disk", make_disks (filesystem->disks, buses));
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  return g_variant_builder_end (&builder);
}

GVariant *
bv_guest_load_to_variant (const BvGuestInfo *info)
{
  gsize n = (info->parts & BV_GUEST_LOAD) != 0 ? BV_GUEST_N_LOADS : 0;

  return g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, info->load, n, sizeof (double));
}

const char *
bv_guest_freeze_status (const BvGuestInfo *info)
{
  return info->is_frozen ? "frozen" : "";
}
