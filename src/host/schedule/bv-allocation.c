/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/schedule/bv-allocation.h"

#include <glib/gi18n-lib.h>

#include "model/bv-error.h"

/* libvirt gives the lowest that are free, from 3 on, to guests that ask for any; the last means
 * any. */
#define FIRST_CID 65536
#define N_CIDS (G_MAXUINT32 - FIRST_CID)

void
bv_allocation_lack (const BvAllocation *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (self->lacks, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static gboolean
is_cid_taken (GPtrArray *taken, guint32 cid)
{
  for (guint i = 0; i < taken->len; i++)
    {
      const BvReservation *other = g_ptr_array_index (taken, i);

      if (other->vsock_cid == cid)
        return TRUE;
    }
  return FALSE;
}

/* The kernel has one table of them for all services of a host, and a guest that moves keeps its
 * own: so where to begin is the guest's, not the lowest that is free. */
static void
allocate_cid (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  guint32 place = self->uid != NULL ? g_str_hash (self->uid) % N_CIDS : 0;

  if (!self->needs->vsock)
    return;
  if (!self->has_vsock)
    {
      bv_allocation_lack (self,
                          _ ("It wants a vsock device, and this host has no vhost-vsock; load "
                             "the kernel's module of that name."));
      return;
    }
  while (is_cid_taken (taken, FIRST_CID + place))
    place = (place + 1) % N_CIDS;
  reservation->vsock_cid = FIRST_CID + place;
}

/* Guests whose pages are of several cells see the host's, and do not grow. */
static guint64
count_pages (const BvReservation *reservation)
{
  guint64 n = 0;

  for (guint i = 0; i < reservation->pages->len; i++)
    n += g_array_index (reservation->pages, BvReservedPages, i).count;
  return n;
}

/* The kernel has counted off the pages that the guest has. */
static void
grow_pages (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  guint64 before = count_pages (reservation);
  g_autoptr (BvReservation) added = bv_reservation_new ();
  BvGuestNeeds more = *self->needs;
  BvAllocation allocation = *self;
  BvReservedPages *all;

  if (more.page_kib == 0 || reservation->pages->len != 1)
    return;
  all = &g_array_index (reservation->pages, BvReservedPages, 0);
  all->count = more.n_pages;
  if (more.n_pages <= before)
    return;
  all->count = before;
  more.n_pages -= before;
  allocation.needs = &more;
  g_ptr_array_add (taken, reservation);
  bv_allocate_pages (&allocation, taken, added);
  g_ptr_array_remove (taken, reservation);
  all->count += more.n_pages;
}

void
bv_allocation_grow (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  if (!self->needs->dedicated)
    bv_allocate_cpus (self, taken, reservation);
  bv_allocate_memory (self, taken, reservation);
  grow_pages (self, taken, reservation);
  bv_allocate_devices (self, taken, reservation);
}

gboolean
bv_allocation_check (const BvAllocation *self, GError **error)
{
  g_autofree char *text = NULL;

  if (self->lacks->len == 0)
    return TRUE;
  g_ptr_array_add (self->lacks, NULL);
  text = g_strjoinv (" ", (char **)self->lacks->pdata);
  if (self->running)
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE,
                 _ ("The guest of VMI %s cannot get more of this host: %s"), self->name, text);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_UNSCHEDULABLE, _ ("VMI %s cannot run on this host: %s"),
                 self->name, text);
  return FALSE;
}

void
bv_allocation_run (const BvAllocation *self, GPtrArray *taken, BvReservation *reservation)
{
  bv_allocate_cpus (self, taken, reservation);
  bv_allocate_memory (self, taken, reservation);
  bv_allocate_pages (self, taken, reservation);
  bv_allocate_devices (self, taken, reservation);
  allocate_cid (self, taken, reservation);
}
