/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-kvm.h"

#include "model/bv-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#define DEVICE "/dev/kvm"

static gboolean
fail (GError **error, const char *what)
{
  int saved = errno;

  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED, "%s: %s", what, g_strerror (saved));
  return FALSE;
}

static void
close_fd (int fd)
{
  if (fd >= 0)
    g_close (fd, NULL);
}

/* A device that opens may still not work, in a virtual machine without nesting for one: a machine
 * and a CPU are made. */
gboolean
bv_kvm_check (GError **error)
{
  int device = open (DEVICE, O_RDWR | O_CLOEXEC);
  int machine = -1;
  int cpu = -1;
  gboolean works = FALSE;

  if (device < 0)
    return fail (error, _ ("/dev/kvm cannot be opened"));
  if (ioctl (device, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
    fail (error, _ ("/dev/kvm does not speak KVM's language"));
  else if ((machine = ioctl (device, KVM_CREATE_VM, 0)) < 0)
    fail (error, _ ("KVM cannot make a virtual machine"));
  else if ((cpu = ioctl (machine, KVM_CREATE_VCPU, 0)) < 0)
    fail (error, _ ("KVM cannot make a virtual CPU"));
  else
    works = TRUE;
  close_fd (cpu);
  close_fd (machine);
  close_fd (device);
  return works;
}
