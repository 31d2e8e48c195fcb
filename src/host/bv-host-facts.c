/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-host-facts.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "model/bv-error.h"

#define NOBODY ((guint)-1)

/* uname's machine -> KubeVirt's name. */
static const struct
{
  const char *machine;
  const char *name;
} architectures[] = {
  { "x86_64", "amd64" },
  { "aarch64", "arm64" },
  { "s390x", "s390x" },
};

static const char *
find_architecture (void)
{
  struct utsname names;

  uname (&names);
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++)
    if (g_str_equal (architectures[i].machine, names.machine))
      return architectures[i].name;
  return "amd64";
}

/* What is known before libvirt has answered. */
BvHostFacts *
bv_host_facts_new (void)
{
  BvHostFacts *self = g_new0 (BvHostFacts, 1);

  self->host_name = g_strdup (g_get_host_name ());
  self->hypervisor = g_strdup ("");
  self->architecture = find_architecture ();
  self->qemu_gid = NOBODY;
  return self;
}

/* libvirt's DAC label for guests is "+UID:+GID". */
static void
read_qemu_group (BvHostFacts *self, const char *capabilities)
{
  const char *dac = strstr (capabilities, "<model>dac</model>");
  const char *label = dac != NULL ? strstr (dac, "<baselabel type='") : NULL;
  guint uid, gid;

  label = label != NULL ? strchr (label, '>') : NULL;
  if (label != NULL && sscanf (label, ">+%u:+%u<", &uid, &gid) == 2)
    self->qemu_gid = gid;
}

/* Blocks: for worker threads. */
BvHostFacts *
bv_host_facts_new_from_libvirt (virConnectPtr connection, GError **error)
{
  g_autoptr (BvHostFacts) self = bv_host_facts_new ();
  g_autofree char *capabilities = virConnectGetCapabilities (connection);
  const char *type = virConnectGetType (connection);

  if (capabilities == NULL || type == NULL ||
      virConnectGetLibVersion (connection, &self->libvirt_version) < 0 ||
      virConnectGetVersion (connection, &self->hypervisor_version) < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE,
                   _ ("libvirt does not tell about the host: %s."), virGetLastErrorMessage ());
      return NULL;
    }
  g_free (self->hypervisor);
  self->hypervisor = g_strdup (type);
  read_qemu_group (self, capabilities);
  /* The driver for tests runs nothing, and takes every domain. */
  self->kvm_usable =
      g_str_equal (type, "TEST") || strstr (capabilities, "<domain type='kvm'") != NULL;
  return g_steal_pointer (&self);
}

BvHostFacts *
bv_host_facts_copy (const BvHostFacts *self)
{
  BvHostFacts *copy = g_memdup2 (self, sizeof *self);

  copy->host_name = g_strdup (self->host_name);
  copy->hypervisor = g_strdup (self->hypervisor);
  return copy;
}

void
bv_host_facts_free (BvHostFacts *self)
{
  g_free (self->host_name);
  g_free (self->hypervisor);
  g_free (self);
}

/* libvirt's 7002022 is "7.2.22". */
char *
bv_host_version_to_string (gulong version)
{
  return g_strdup_printf ("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}
