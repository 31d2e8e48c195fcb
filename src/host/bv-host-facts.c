/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-host-facts.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "host/bv-kvm.h"
#include "host/machine/bv-host-memory.h"
#include "model/bv-error.h"

#define NOBODY ((guint)-1)
#define KVM_DEVICE "/dev/kvm"
#define CGROUPS "/sys/fs/cgroup"
#define QEMU_CONF "/etc/libvirt/qemu.conf"

/* uname's machine, which is libvirt's name too -> KubeVirt's name. */
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
  BvHostFacts *self = g_atomic_rc_box_new0 (BvHostFacts);

  self->host_name = g_strdup (g_get_host_name ());
  self->hypervisor = g_strdup ("");
  self->architecture = find_architecture ();
  self->qemu_gid = NOBODY;
  self->topology = bv_host_topology_new ();
  self->context = bv_context_new ();
  self->capabilities = bv_domain_capabilities_new ();
  self->node_devices = g_ptr_array_new ();
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

static const char *
get_libvirt_architecture (const BvHostFacts *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++)
    if (g_str_equal (architectures[i].name, self->architecture))
      return architectures[i].machine;
  return "x86_64";
}

/* libvirt tells of a device that opens; whether a guest runs is seen by running one. Where the
 * device is not to be seen, on another machine for one, libvirt's word is all there is. */
static gboolean
is_kvm_usable (const BvHostFacts *self, const char *capabilities)
{
  g_autoptr (GError) error = NULL;

  if (strstr (capabilities, "<domain type='kvm'") == NULL)
    return FALSE;
  if (!self->is_local || g_access (KVM_DEVICE, R_OK | W_OK) != 0 || bv_kvm_check (&error))
    return TRUE;
  g_message ("KVM is there and does not work: %s", error->message);
  return FALSE;
}

static BvContext *
make_context (const BvHostTopology *topology)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *json = NULL;
  g_autoptr (GError) error = NULL;
  BvContext *context;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "topology");
  bv_host_topology_write (topology, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json = json_to_string (root, FALSE);
  context = bv_context_new_from_json (json, &error);
  if (context == NULL)
    g_error ("The host's topology is no context: %s", error->message);
  return context;
}

/* Where libvirt does not know, nothing is refused for it. */
static void
read_domain_capabilities (BvHostFacts *self, virConnectPtr connection, BvXml *capabilities)
{
  const char *architecture = get_libvirt_architecture (self);
  g_autofree char *text = virConnectGetDomainCapabilities (connection, NULL, architecture, NULL,
                                                           self->kvm_usable ? "kvm" : "qemu", 0);
  g_autoptr (BvXmlDocument) document = text != NULL ? bv_xml_document_new (text, NULL) : NULL;

  if (document == NULL)
    return;
  bv_domain_capabilities_free (self->capabilities);
  self->capabilities = bv_domain_capabilities_new_from_xml (
      capabilities, bv_xml_document_get_root (document), architecture);
}

static gboolean
read_machine (BvHostFacts *self, virConnectPtr connection, const char *text, GError **error)
{
  g_autoptr (BvXmlDocument) document = bv_xml_document_new (text, error);
  BvXml *root = document != NULL ? bv_xml_document_get_root (document) : NULL;

  if (root == NULL)
    return FALSE;
  read_qemu_group (self, text);
  self->kvm_usable = is_kvm_usable (self, text);
  bv_host_topology_free (self->topology);
  self->topology = bv_host_topology_new_from_capabilities (root);
  g_object_unref (self->context);
  self->context = make_context (self->topology);
  read_domain_capabilities (self, connection, root);
  return TRUE;
}

/* Sessions have no control groups of the system's, and another machine's are not to be seen. */
static void
read_kernel (BvHostFacts *self, const char *uri)
{
  if (!self->is_local)
    return;
  self->memory_kib = bv_host_memory_read_kib ("/proc/meminfo");
  if (g_str_has_prefix (uri, "qemu:") && g_str_has_suffix (uri, "/system"))
    self->cgroups = bv_cgroups_read (CGROUPS, QEMU_CONF);
}

/* The other guests run without. */
static void
read_devices (BvHostFacts *self, virConnectPtr connection)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *devices = bv_node_device_list (connection, &error);

  if (devices == NULL)
    {
      g_warning ("%s", error->message);
      return;
    }
  g_ptr_array_unref (self->node_devices);
  self->node_devices = devices;
}

/* “qemu:///system”, or the same machine by a socket. */
static gboolean
is_local_uri (const char *uri)
{
  return strstr (uri, ":///") != NULL;
}

/* Blocks: for worker threads. */
BvHostFacts *
bv_host_facts_new_from_libvirt (virConnectPtr connection, gboolean with_devices, GError **error)
{
  g_autoptr (BvHostFacts) self = bv_host_facts_new ();
  g_autofree char *capabilities = virConnectGetCapabilities (connection);
  g_autofree char *uri = virConnectGetURI (connection);
  const char *type = virConnectGetType (connection);

  if (capabilities == NULL || type == NULL || uri == NULL ||
      virConnectGetLibVersion (connection, &self->libvirt_version) < 0 ||
      virConnectGetVersion (connection, &self->hypervisor_version) < 0)
    {
      g_set_error (error, BV_ERROR, BV_ERROR_HYPERVISOR_UNAVAILABLE,
                   _ ("libvirt does not tell about the host: %s."), virGetLastErrorMessage ());
      return NULL;
    }
  g_free (self->hypervisor);
  self->hypervisor = g_strdup (type);
  /* The driver for tests runs nothing, and takes every domain; its machine is made up. */
  if (g_str_equal (type, "TEST"))
    {
      self->kvm_usable = TRUE;
      return g_steal_pointer (&self);
    }
  self->is_local = is_local_uri (uri);
  if (!read_machine (self, connection, capabilities, error))
    return NULL;
  read_kernel (self, uri);
  if (with_devices)
    read_devices (self, connection);
  return g_steal_pointer (&self);
}

/* It is not changed any more, and so may be shared. */
BvHostFacts *
bv_host_facts_ref (const BvHostFacts *self)
{
  return g_atomic_rc_box_acquire ((BvHostFacts *)self);
}

static void
clear (gpointer data)
{
  BvHostFacts *self = data;

  g_free (self->host_name);
  g_free (self->hypervisor);
  bv_host_topology_free (self->topology);
  g_object_unref (self->context);
  bv_domain_capabilities_free (self->capabilities);
  g_ptr_array_unref (self->node_devices);
}

void
bv_host_facts_unref (BvHostFacts *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

/* libvirt's 7002022 is "7.2.22". */
char *
bv_host_version_to_string (gulong version)
{
  return g_strdup_printf ("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
}
