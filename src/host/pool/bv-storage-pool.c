/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/pool/bv-storage-pool.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#include "host/bv-libvirt-error.h"
#include "host/pool/bv-partition.h"

#define MEBIBYTE (1024 * 1024)

/* The pool types whose volumes are block devices, and those whose volumes are image files. */
static const char *const block_types[] = { "logical", "disk", NULL };
static const char *const file_types[] = { "dir", "fs", "netfs", NULL };

void
bv_pool_volume_free (BvPoolVolume *self)
{
  g_free (self->pool);
  g_free (self->name);
  g_free (self->path);
  g_free (self);
}

BvPoolVolume *
bv_pool_volume_copy (const BvPoolVolume *self)
{
  BvPoolVolume *copy = g_memdup2 (self, sizeof *self);

  copy->pool = g_strdup (self->pool);
  copy->name = g_strdup (self->name);
  copy->path = g_strdup (self->path);
  return copy;
}

guint64
bv_pool_round_size (guint64 size)
{
  return (size + MEBIBYTE - 1) / MEBIBYTE * MEBIBYTE;
}

/* libvirt reports on stderr what it returns as an error, too; only the latter is wanted. */
static gboolean
was_missing (int code)
{
  const virError *last = virGetLastError ();

  return last != NULL && last->code == code;
}

static xmlNodePtr
find_child (xmlNodePtr node, const char *name)
{
  xmlNodePtr child = node != NULL ? node->children : NULL;

  while (child != NULL && !g_str_equal ((const char *)child->name, name))
    child = child->next;
  return child;
}

static char *
dup_attribute (xmlNodePtr node, const char *name)
{
  xmlChar *value = node != NULL ? xmlGetProp (node, BAD_CAST name) : NULL;
  char *copy = g_strdup (value != NULL ? (const char *)value : "");

  xmlFree (value);
  return copy;
}

/* The pool's type, as its XML has it: <pool type='dir'>; and what it lies on, if DEVICE is not
 * NULL.
 */
static char *
read_type (virStoragePoolPtr pool, char **device, GError **error)
{
  const char *name = virStoragePoolGetName (pool);
  char *text = virStoragePoolGetXMLDesc (pool, 0);
  xmlDocPtr document;
  xmlNodePtr root;
  char *type;

  if (text == NULL)
    {
      bv_set_error_from_libvirt (error, _ ("The storage pool %s cannot be read"), name);
      return NULL;
    }
  document = xmlReadMemory (text, strlen (text), NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                XML_PARSE_NOBLANKS);
  root = document != NULL ? xmlDocGetRootElement (document) : NULL;
  type = dup_attribute (root, "type");
  if (device != NULL)
    *device = dup_attribute (find_child (find_child (root, "source"), "device"), "path");
  xmlFreeDoc (document);
  free (text);
  return type;
}

/* TYPE tells whether its volumes are block devices. */
static gboolean
check_type (const char *pool, const char *type, const BvPoolRequest *request, GError **error)
{
  if (g_strv_contains (block_types, type))
    return TRUE;
  if (!g_strv_contains (file_types, type))
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                 _ ("The storage pool %s is of the type %s; claims are kept in pools of the types "
                    "dir, fs, netfs, logical and disk."),
                 pool, type);
  else if (request->must_be_block)
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
                 _ ("The storage pool %s keeps image files, and has no block devices for "
                    "volumeMode: Block. Name a pool of the type logical or disk, or use "
                    "volumeMode: Filesystem."),
                 pool);
  else
    return TRUE;
  return FALSE;
}

/* The pool of Barevirt's own: a folder below its state. */
static virStoragePoolPtr
define_own (virConnectPtr handle, const BvPoolRequest *request, GError **error)
{
  g_autofree char *xml =
      g_markup_printf_escaped ("<pool type='dir'><name>%s</name><target><path>%s</path>"
                               "<permissions><mode>0711</mode></permissions></target></pool>",
                               request->pool, request->own_folder);
  virStoragePoolPtr pool = virStoragePoolDefineXML (handle, xml, 0);

  if (pool == NULL)
    bv_set_error_from_libvirt (error, _ ("The storage pool %s cannot be made"), request->pool);
  return pool;
}

static gboolean
start_own (virStoragePoolPtr pool, GError **error)
{
  const char *name = virStoragePoolGetName (pool);

  if (virStoragePoolBuild (pool, VIR_STORAGE_POOL_BUILD_NEW) == 0 &&
      virStoragePoolCreate (pool, 0) == 0 && virStoragePoolSetAutostart (pool, TRUE) == 0)
    return TRUE;
  /* Another call may have started it meanwhile. */
  if (virStoragePoolIsActive (pool) == 1)
    return TRUE;
  return bv_set_error_from_libvirt (error, _ ("The storage pool %s cannot be started"), name);
}

static virStoragePoolPtr
find_or_define (virConnectPtr handle, const BvPoolRequest *request, GError **error)
{
  virStoragePoolPtr pool = virStoragePoolLookupByName (handle, request->pool);

  if (pool != NULL)
    return pool;
  if (!was_missing (VIR_ERR_NO_STORAGE_POOL))
    bv_set_error_from_libvirt (error, _ ("The storage pool %s cannot be looked up"), request->pool);
  else if (g_strcmp0 (request->pool, request->own_pool) == 0)
    return define_own (handle, request, error);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("There is no storage pool %s on this host. Define it with virsh pool-define, "
                    "or leave out storageClassName."),
                 request->pool);
  return NULL;
}

/* Only our own pool is started; others are those of the host's administrator. */
static virStoragePoolPtr
open_pool (virConnectPtr handle, const BvPoolRequest *request, gboolean *block, GError **error)
{
  g_autoptr (virStoragePool) pool = find_or_define (handle, request, error);
  g_autofree char *type = NULL;

  if (pool == NULL)
    return NULL;
  if (virStoragePoolIsActive (pool) != 1)
    {
      if (g_strcmp0 (request->pool, request->own_pool) != 0)
        {
          g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                       _ ("The storage pool %s is not active. Start it with virsh pool-start."),
                       request->pool);
          return NULL;
        }
      if (!start_own (pool, error))
        return NULL;
    }
  type = read_type (pool, NULL, error);
  if (type == NULL || !check_type (request->pool, type, request, error))
    return NULL;
  *block = g_strv_contains (block_types, type);
  return g_steal_pointer (&pool);
}

static BvPoolVolume *
describe (virStorageVolPtr volume, const char *pool, gboolean block, GError **error)
{
  virStorageVolInfo info;
  g_autoptr (BvPoolVolume) self = g_new0 (BvPoolVolume, 1);
  char *path = virStorageVolGetPath (volume);

  self->pool = g_strdup (pool);
  self->name = g_strdup (virStorageVolGetName (volume));
  self->path = g_strdup (path);
  self->block = block;
  free (path);
  if (self->path != NULL && virStorageVolGetInfo (volume, &info) == 0)
    {
      self->capacity = info.capacity;
      return g_steal_pointer (&self);
    }
  /* libvirt keeps a list of its own; a file that another removed shows only here. */
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("The volume %s of the storage pool %s cannot be read; it may have been removed."),
               self->name, pool);
  return NULL;
}

static virStorageVolPtr
look_up (virStoragePoolPtr pool, const char *name, GError **error)
{

  virStorageVolPtr volume = virStorageVolLookupByName (pool, name);

  if (volume != NULL)
    return volume;
  if (was_missing (VIR_ERR_NO_STORAGE_VOL))
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("The storage pool %s has no volume %s any more."), virStoragePoolGetName (pool),
                 name);
  else
    bv_set_error_from_libvirt (error, _ ("The volume %s cannot be looked up"), name);
  return NULL;
}

/* What the volume is called in its pool. */
static char *
dup_name (const BvPoolRequest *request)
{
  g_autoptr (BvPartition) partition = bv_partition_read (request->partition_folder, request->name);

  if (partition != NULL && g_strcmp0 (partition->pool, request->pool) == 0)
    return g_strdup (partition->name);
  return g_strdup (request->name);
}

/* Whoever changed the disk may have put another partition in the place of ours. */
static gboolean
check_is_ours (const BvPoolRequest *request, const BvPoolVolume *volume, GError **error)
{
  g_autoptr (BvPartition) partition = bv_partition_read (request->partition_folder, request->name);

  if (partition == NULL || partition->size == volume->capacity)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
               _ ("The partition %s of the storage pool %s has another size than the claim's had; "
                  "it is left alone."),
               volume->name, request->pool);
  return FALSE;
}

BvPoolVolume *
bv_pool_volume_find (virConnectPtr handle, const BvPoolRequest *request, GError **error)
{
  gboolean block = FALSE;
  g_autoptr (virStoragePool) pool = open_pool (handle, request, &block, error);
  g_autoptr (virStorageVol) volume = NULL;
  g_autoptr (BvPoolVolume) found = NULL;
  g_autofree char *name = dup_name (request);

  if (pool == NULL)
    return NULL;
  if (request->refresh && virStoragePoolRefresh (pool, 0) != 0)
    {
      bv_set_error_from_libvirt (error, _ ("The storage pool %s cannot be read"), request->pool);
      return NULL;
    }
  volume = look_up (pool, name, error);
  found = volume != NULL ? describe (volume, request->pool, block, error) : NULL;
  if (found == NULL || !check_is_ours (request, found, error))
    return NULL;
  return g_steal_pointer (&found);
}

static char *
make_volume_xml (const BvPoolRequest *request, const char *name, gboolean block)
{
  const char *format = block ? "" : "<format type='raw'/>";

  return g_strdup_printf (
      "<volume><name>%s</name><capacity unit='B'>%" G_GUINT64_FORMAT "</capacity>"
      "<allocation unit='B'>%" G_GUINT64_FORMAT "</allocation>"
      "<target>%s<permissions><mode>0600</mode></permissions></target></volume>",
      name, request->size, block || request->preallocate ? request->size : 0, format);
}

static BvPoolVolume *
create (virStoragePoolPtr pool, const BvPoolRequest *request, const char *name, gboolean block,
        GError **error)
{
  g_autofree char *xml = make_volume_xml (request, name, block);
  g_autoptr (virStorageVol) volume = virStorageVolCreateXML (pool, xml, 0);

  if (volume != NULL)
    return describe (volume, request->pool, block, error);
  bv_set_error_from_libvirt (error, _ ("The storage pool %s cannot hold the volume %s"),
                             request->pool, request->name);
  return NULL;
}

/* The names of the volumes that POOL has now. */
static GStrv
list_names (virStoragePoolPtr pool, GError **error)
{
  const char *name = virStoragePoolGetName (pool);

  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  virStorageVolPtr *volumes = NULL;
  int count =
      virStoragePoolRefresh (pool, 0) == 0 ? virStoragePoolListAllVolumes (pool, &volumes, 0) : -1;

  if (count < 0)
    {
      bv_set_error_from_libvirt (error, _ ("The storage pool %s cannot be read"), name);
      return NULL;
    }
  for (int i = 0; i < count; i++)
    {
      g_strv_builder_add (names, virStorageVolGetName (volumes[i]));
      virStorageVolFree (volumes[i]);
    }
  free (volumes);
  return g_strv_builder_end (names);
}

static char *
choose_name (virStoragePoolPtr pool, const char *device, GError **error)
{
  g_auto (GStrv) taken = list_names (pool, error);
  char *whole = taken != NULL ? realpath (device, NULL) : NULL;
  char *name = whole != NULL ? bv_partition_choose_name (whole, (const char *const *)taken) : NULL;

  free (whole);
  if (taken != NULL && name == NULL)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("The disk %s of the storage pool %s is not there."), device,
                 virStoragePoolGetName (pool));
  return name;
}

/* What libvirt made before it failed; the name was free. */
static void
remove_failed (virStoragePoolPtr pool, const char *name)
{
  g_autoptr (virStorageVol) volume = NULL;

  if (virStoragePoolRefresh (pool, 0) == 0)
    volume = virStorageVolLookupByName (pool, name);
  if (volume != NULL && virStorageVolDelete (volume, 0) != 0)
    g_warning ("The partition %s that was not finished cannot be deleted.", name);
}

static BvPoolVolume *
create_recorded (virStoragePoolPtr pool, const BvPoolRequest *request, BvPartition *partition,
                 GError **error)
{
  g_autoptr (BvPoolVolume) volume = NULL;

  if (!bv_partition_write (partition, request->partition_folder, request->name, error))
    return NULL;
  volume = create (pool, request, partition->name, TRUE, error);
  if (volume == NULL)
    {
      remove_failed (pool, partition->name);
      bv_partition_forget (request->partition_folder, request->name);
      return NULL;
    }
  partition->size = volume->capacity;
  return bv_partition_write (partition, request->partition_folder, request->name, error)
             ? g_steal_pointer (&volume)
             : NULL;
}

static BvPoolVolume *
create_partition (virStoragePoolPtr pool, const BvPoolRequest *request, const char *device,
                  GError **error)
{
  g_autoptr (BvPartition) partition = g_new0 (BvPartition, 1);
  BvPoolVolume *volume = NULL;
  int lock = bv_partition_lock (request->partition_folder, error);

  if (lock < 0)
    return NULL;
  partition->pool = g_strdup (request->pool);
  partition->name = choose_name (pool, device, error);
  if (partition->name != NULL)
    volume = create_recorded (pool, request, partition, error);
  close (lock);
  return volume;
}

BvPoolVolume *
bv_pool_volume_create (virConnectPtr handle, const BvPoolRequest *request, GError **error)
{
  gboolean block = FALSE;
  g_autoptr (virStoragePool) pool = open_pool (handle, request, &block, error);
  g_autofree char *device = NULL;
  g_autofree char *type = pool != NULL ? read_type (pool, &device, error) : NULL;

  if (type == NULL)
    return NULL;
  if (g_str_equal (type, "disk") && request->partition_folder != NULL)
    return create_partition (pool, request, device, error);
  return create (pool, request, request->name, block, error);
}

/* What libvirt lists and another has removed already. */
static gboolean
is_gone_for_libvirt (virStoragePoolPtr pool, const char *name)
{
  g_autoptr (virStorageVol) volume = NULL;

  if (virStoragePoolRefresh (pool, 0) != 0)
    return FALSE;
  volume = virStorageVolLookupByName (pool, name);
  return volume == NULL && was_missing (VIR_ERR_NO_STORAGE_VOL);
}

static gboolean
delete_volume (virConnectPtr handle, const BvPoolRequest *request, const char *name, GError **error)
{
  g_autoptr (virStoragePool) found = virStoragePoolLookupByName (handle, request->pool);
  gboolean block = FALSE;
  g_autoptr (virStoragePool) pool = NULL;
  g_autoptr (virStorageVol) volume = NULL;

  if (found == NULL && was_missing (VIR_ERR_NO_STORAGE_POOL))
    return TRUE;
  pool = open_pool (handle, request, &block, error);
  if (pool == NULL)
    return FALSE;
  volume = virStorageVolLookupByName (pool, name);
  if (volume == NULL && was_missing (VIR_ERR_NO_STORAGE_VOL))
    return TRUE;
  if (volume != NULL && virStorageVolDelete (volume, 0) == 0)
    return TRUE;
  bv_set_error_from_libvirt (error, _ ("The volume %s of the storage pool %s cannot be deleted"),
                             name, request->pool);
  if (!is_gone_for_libvirt (pool, name))
    return FALSE;
  g_clear_error (error);
  return TRUE;
}

/* A partition that another has put in the place of ours is left alone. */
static gboolean
is_another (virConnectPtr handle, const BvPoolRequest *request)
{
  g_autoptr (BvPartition) partition = bv_partition_read (request->partition_folder, request->name);
  g_autoptr (GError) error = NULL;
  g_autoptr (BvPoolVolume) volume = NULL;

  if (partition == NULL || partition->size == 0)
    return FALSE;
  volume = bv_pool_volume_find (handle, request, &error);
  return volume == NULL && g_error_matches (error, BV_ERROR, BV_ERROR_NOT_FOUND);
}

gboolean
bv_pool_volume_delete (virConnectPtr handle, const BvPoolRequest *request, GError **error)
{
  g_autofree char *name = dup_name (request);

  if (!is_another (handle, request) && !delete_volume (handle, request, name, error))
    return FALSE;
  bv_partition_forget (request->partition_folder, request->name);
  return TRUE;
}

BvPoolVolume *
bv_pool_volume_grow (virConnectPtr handle, const BvPoolRequest *request, GError **error)
{
  gboolean block = FALSE;
  g_autoptr (virStoragePool) pool = open_pool (handle, request, &block, error);
  g_autofree char *name = dup_name (request);
  g_autoptr (virStorageVol) volume = pool != NULL ? look_up (pool, name, error) : NULL;
  g_autoptr (BvPoolVolume) before =
      volume != NULL ? describe (volume, request->pool, block, error) : NULL;

  if (before == NULL)
    return NULL;
  if (before->capacity >= request->size)
    return g_steal_pointer (&before);
  if (block)
    {
      g_set_error (
          error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
          _ ("libvirt cannot grow a volume of the storage pool %s, whose volumes are block "
             "devices. Copy the claim into a larger one with a DataVolume."),
          request->pool);
      return NULL;
    }
  if (virStorageVolResize (volume, request->size, 0) == 0)
    return describe (volume, request->pool, block, error);
  bv_set_error_from_libvirt (error, _ ("The volume %s of the storage pool %s cannot grow"),
                             request->name, request->pool);
  return NULL;
}

virStorageVolPtr
bv_pool_volume_open (virConnectPtr handle, const char *pool_name, const char *name, GError **error)
{
  g_autoptr (virStoragePool) pool = virStoragePoolLookupByName (handle, pool_name);

  if (pool != NULL)
    return look_up (pool, name, error);
  bv_set_error_from_libvirt (error, _ ("The storage pool %s cannot be looked up"), pool_name);
  return NULL;
}
