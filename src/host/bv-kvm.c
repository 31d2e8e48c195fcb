/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-kvm.h"

#include "model/bv-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define DEVICE "/dev/kvm"
#define PAGE 4096

typedef struct
{
  int device;
  int machine;
  int cpu;
  void *memory; /* of the guest: one page at address 0 */
  struct kvm_run *run;
  gsize run_size;
} Probe;

static gboolean
fail (GError **error, const char *what)
{
  int saved = errno;

  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED, "%s: %s.", what, g_strerror (saved));
  return FALSE;
}

static void
close_fd (int fd)
{
  if (fd >= 0)
    g_close (fd, NULL);
}

static void
probe_clear (Probe *self)
{
  if (self->run != NULL && self->run != MAP_FAILED)
    munmap (self->run, self->run_size);
  close_fd (self->cpu);
  close_fd (self->machine);
  close_fd (self->device);
  if (self->memory != NULL && self->memory != MAP_FAILED)
    munmap (self->memory, PAGE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Probe, probe_clear)

static gboolean
create (Probe *self, GError **error)
{
  self->device = open (DEVICE, O_RDWR | O_CLOEXEC);
  if (self->device < 0)
    return fail (error, _ ("/dev/kvm cannot be opened"));
  if (ioctl (self->device, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
    return fail (error, _ ("/dev/kvm does not speak KVM's language"));
  self->machine = ioctl (self->device, KVM_CREATE_VM, 0);
  if (self->machine < 0)
    return fail (error, _ ("KVM cannot make a virtual machine"));
  self->cpu = ioctl (self->machine, KVM_CREATE_VCPU, 0);
  if (self->cpu < 0)
    return fail (error, _ ("KVM cannot make a virtual CPU"));
  return TRUE;
}

#ifdef __x86_64__
#define HLT 0xf4

static gboolean
load (Probe *self, GError **error)
{
  struct kvm_userspace_memory_region region = { .memory_size = PAGE };
  struct kvm_regs regs = { .rflags = 2 };
  struct kvm_sregs sregs;

  self->memory = mmap (NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  self->run_size = ioctl (self->device, KVM_GET_VCPU_MMAP_SIZE, 0);
  self->run = mmap (NULL, self->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, self->cpu, 0);
  if (self->memory == MAP_FAILED || self->run == MAP_FAILED)
    return fail (error, _ ("KVM gives no memory"));
  *(guint8 *)self->memory = HLT;
  region.userspace_addr = (gsize)self->memory;
  if (ioctl (self->machine, KVM_SET_USER_MEMORY_REGION, &region) < 0 ||
      ioctl (self->cpu, KVM_GET_SREGS, &sregs) < 0)
    return fail (error, _ ("KVM cannot prepare a virtual CPU"));
  sregs.cs.base = 0;
  sregs.cs.selector = 0;
  if (ioctl (self->cpu, KVM_SET_SREGS, &sregs) < 0 || ioctl (self->cpu, KVM_SET_REGS, &regs) < 0)
    return fail (error, _ ("KVM cannot prepare a virtual CPU"));
  return TRUE;
}

/* Whether the CPUs that KVM makes have what every 64-bit system needs; some nested KVMs make
 * others, which hang. */
static gboolean
check_features (Probe *self, GError **error)
{
  const guint n = 256;
  g_autofree struct kvm_cpuid2 *cpuid = g_malloc0 (sizeof *cpuid + n * sizeof cpuid->entries[0]);
  gboolean sse3 = FALSE;
  gboolean long_mode = FALSE;

  cpuid->nent = n;
  if (ioctl (self->device, KVM_GET_SUPPORTED_CPUID, cpuid) < 0)
    return fail (error, _ ("KVM does not tell what its CPUs can do"));
  for (guint i = 0; i < cpuid->nent; i++)
    {
      sse3 |= cpuid->entries[i].function == 1 && (cpuid->entries[i].ecx & 1) != 0;
      long_mode |=
          cpuid->entries[i].function == 0x80000001 && (cpuid->entries[i].edx >> 29 & 1) != 0;
    }
  if (sse3 && long_mode)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("KVM's CPUs lack %s, without which no 64-bit guest runs."),
               sse3 ? "long mode" : "SSE3");
  return FALSE;
}

/* One instruction, which must end in the exit that it asks for. */
static gboolean
execute (Probe *self, GError **error)
{
  if (!check_features (self, error) || !load (self, error))
    return FALSE;
  if (ioctl (self->cpu, KVM_RUN, 0) < 0)
    return fail (error, _ ("KVM cannot run a virtual CPU"));
  if (self->run->exit_reason == KVM_EXIT_HLT)
    return TRUE;
  g_set_error (error, BV_ERROR, BV_ERROR_NOT_SUPPORTED,
               _ ("KVM does not run a virtual CPU as it should (exit %u)."),
               self->run->exit_reason);
  return FALSE;
}
#else
static gboolean
execute (Probe *self, GError **error)
{
  return TRUE;
}
#endif

/* A device that opens may still not work, in a virtual machine without nesting for one; on amd64
 * the check runs an instruction, elsewhere it ends with a virtual CPU. */
gboolean
bv_kvm_check (GError **error)
{
  g_auto (Probe) probe = { .device = -1, .machine = -1, .cpu = -1 };

  return create (&probe, error) && execute (&probe, error);
}
