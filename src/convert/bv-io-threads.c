/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "convert/bv-io-threads.h"

#include "convert/bv-cpu-topology.h"

#define THREADS_PER_CPU 2

static const char *
bus_of (const BvApiDisk *disk)
{
  if (disk->lun != NULL)
    return disk->lun->bus;
  if (disk->disk != NULL)
    return disk->disk->bus;
  return disk->cdrom != NULL ? disk->cdrom->bus : NULL;
}

static gboolean
policy_is (const BvApiDomainSpec *spec, const char *policy)
{
  return g_strcmp0 (spec->io_threads_policy, policy) == 0;
}

static guint
count_dedicated (const BvApiDevices *devices)
{
  guint count = 0;

  for (guint i = 0; i < devices->n_disks; i++)
    count += devices->disks[i]->dedicated_io_thread != FALSE;
  return count;
}

static gint64
requested_cpus (const BvApiResourceRequirements *resources)
{
  const BvQuantity *cpus;

  if (resources == NULL)
    return 1;
  cpus = bv_quantity_map_get (resources->requests, resources->n_requests, "cpu");
  if (cpus == NULL)
    cpus = bv_quantity_map_get (resources->limits, resources->n_limits, "cpu");
  return cpus == NULL ? 1 : CLAMP (bv_quantity_value (cpus), 0, G_MAXINT32);
}

/* How many threads there may be before disks must share. */
static gint64
thread_limit (const BvApiDomainSpec *spec)
{
  if (!policy_is (spec, "auto"))
    return 1;
  /* They run beside the emulator thread, on its CPU. */
  if (bv_cpu_is_dedicated (spec) && spec->cpu->isolate_emulator_thread)
    return 1;
  return requested_cpus (spec->resources) * THREADS_PER_CPU;
}

static guint
pool_size (const BvApiDomainSpec *spec)
{
  if (!policy_is (spec, "supplementalPool") || spec->io_threads == NULL)
    return 0;
  return (guint)CLAMP (spec->io_threads->supplemental_pool_thread_count, 0, BV_IO_THREADS_MAX_POOL);
}

/* Counts the guest's I/O threads, and starts to hand them out. */
BvIoThreads
bv_io_threads_of (const BvApiDomainSpec *spec)
{
  guint dedicated = count_dedicated (spec->devices);
  guint others = spec->devices->n_disks - dedicated;
  gint64 limit;
  BvIoThreads self = { 0 };

  self.wanted = spec->io_threads_policy != NULL || dedicated > 0;
  self.pool = pool_size (spec);
  if (!self.wanted || self.pool > 0)
    {
      self.total = self.pool;
      return self;
    }
  limit = thread_limit (spec);
  self.shared = others;
  if ((gint64)others + dedicated > limit)
    self.shared = (guint)MAX (limit - dedicated, 1);
  self.total = self.shared + dedicated;
  self.next_shared = 1;
  self.next_dedicated = self.shared + 1;
  return self;
}

static void
add_pool (BvXml *driver, guint size)
{
  BvXml *threads = bv_xml_add (driver, "iothreads");

  for (guint id = 1; id <= size; id++)
    bv_xml_set_uint (bv_xml_add (threads, "iothread"), "id", id);
}

/* Gives the next of the VMI's disks its thread, by its DRIVER element; each disk comes here once,
 * in order. Only virtio disks have any. */
void
bv_io_threads_assign (BvIoThreads *self, const BvApiDisk *disk, BvXml *driver)
{
  if (!self->wanted || g_strcmp0 (bus_of (disk), "virtio") != 0)
    return;
  if (self->pool > 0)
    {
      add_pool (driver, self->pool);
      return;
    }
  if (disk->dedicated_io_thread)
    {
      bv_xml_set_uint (driver, "iothread", self->next_dedicated++);
      return;
    }
  bv_xml_set_uint (driver, "iothread", self->next_shared);
  self->next_shared = self->next_shared % self->shared + 1;
}

/* The thread of the SCSI controller: the one that would come next for a virtio disk; 0 where no
 * SCSI disk asks for one. */
guint
bv_io_threads_of_scsi (const BvIoThreads *self, const BvApiDevices *devices)
{
  gboolean asked = FALSE;
  guint n_virtio = 0;

  for (guint i = 0; i < devices->n_disks; i++)
    {
      const BvApiDisk *disk = devices->disks[i];
      const char *bus = bus_of (disk);

      if (disk->dedicated_io_thread)
        asked |= g_strcmp0 (bus, "scsi") == 0;
      else
        n_virtio += g_strcmp0 (bus, "virtio") == 0;
    }
  return asked && self->shared > 0 ? n_virtio % self->shared + 1 : 0;
}
