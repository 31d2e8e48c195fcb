/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "runtime/domain/bv-domain-request.h"

#include "host/bv-hotplug-ports.h"
#include "host/bv-libvirt-autocleanups.h"
#include "host/bv-libvirt-error.h"

#include <glib/gi18n-lib.h>
#include <libvirt/virterror.h>

#define DONE GINT_TO_POINTER (TRUE)

BvDomainRequest *
bv_domain_request_new (const char *name, const char *xml, guint flags)
{
  BvDomainRequest *self = g_new0 (BvDomainRequest, 1);

  self->name = g_strdup (name);
  self->xml = g_strdup (xml);
  self->flags = flags;
  return self;
}

void
bv_domain_request_set_uuid (BvDomainRequest *self, const char *uuid)
{
  g_free (self->uuid);
  self->uuid = g_strdup (uuid);
}

void
bv_domain_request_free (gpointer request)
{
  BvDomainRequest *self = request;

  g_free (self->name);
  g_free (self->uuid);
  g_free (self->xml);
  g_free (self);
}

static gboolean
is_meant (virDomainPtr domain, const BvDomainRequest *self)
{
  char uuid[VIR_UUID_STRING_BUFLEN] = "";

  return self->uuid == NULL ||
         (virDomainGetUUIDString (domain, uuid) == 0 && g_ascii_strcasecmp (uuid, self->uuid) == 0);
}

/* From here on libvirt goes by the UUID that the domain has now. */
virDomainPtr
bv_domain_request_look_up (const BvDomainRequest *self, virConnectPtr handle, GError **error)
{
  g_autoptr (virDomain) domain = virDomainLookupByName (handle, self->name);

  if (domain == NULL)
    bv_set_error_from_libvirt (error, _ ("The domain %s cannot be found"), self->name);
  else if (is_meant (domain, self))
    return g_steal_pointer (&domain);
  else
    g_set_error (error, BV_ERROR, BV_ERROR_NOT_FOUND,
                 _ ("The domain %s is gone; another has its name now, which is left alone."),
                 self->name);
  return NULL;
}

/* libvirt must have placed the devices before it is known which ports are free. A guest without
 * free ports is better than none. */
static virDomainPtr
define (virConnectPtr handle, const char *xml)
{
  const guint flags = VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE;
  g_autoptr (virDomain) domain = virDomainDefineXML (handle, xml);
  g_autoptr (virDomain) again = NULL;
  char *placed = domain != NULL ? virDomainGetXMLDesc (domain, flags) : NULL;
  g_autofree char *extended = placed != NULL ? bv_hotplug_ports_add (placed) : NULL;

  free (placed);
  if (extended == NULL)
    return g_steal_pointer (&domain);
  again = virDomainDefineXML (handle, extended);
  if (again == NULL)
    g_warning ("The domain %s gets no free PCIe ports: %s", virDomainGetName (domain),
               virGetLastErrorMessage ());
  return again != NULL ? g_steal_pointer (&again) : g_steal_pointer (&domain);
}

gpointer
bv_domain_call_define (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                       GError **error)
{
  BvDomainRequest *self = data;
  g_autoptr (virDomain) domain = define (handle, self->xml);

  if (domain != NULL)
    return DONE;
  bv_set_error_from_libvirt (error, _ ("The domain %s cannot be defined"), self->name);
  return NULL;
}

static gpointer
start_domain (virDomainPtr domain, const BvDomainRequest *self, GError **error)
{
  guint flags = (self->flags & BV_DOMAIN_START_PAUSED) != 0 ? VIR_DOMAIN_START_PAUSED : 0;

  if (virDomainCreateWithFlags (domain, flags) == 0)
    return DONE;
  bv_set_error_from_libvirt (error, _ ("The domain %s cannot be started"), self->name);
  return NULL;
}

gpointer
bv_domain_call_create (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                       GError **error)
{
  g_autoptr (virDomain) domain = bv_domain_request_look_up (data, handle, error);

  return domain != NULL ? start_domain (domain, data, error) : NULL;
}

gpointer
bv_domain_call_define_and_start (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                                 GError **error)
{
  BvDomainRequest *self = data;
  g_autoptr (virDomain) domain = define (handle, self->xml);

  if (domain != NULL)
    return start_domain (domain, self, error);
  bv_set_error_from_libvirt (error, _ ("The domain %s cannot be defined"), self->name);
  return NULL;
}

/* What libvirt gives is malloc()ed. */
static char *
take_text (char *text)
{
  char *copy = g_strdup (text);

  free (text);
  return copy;
}

gpointer
bv_domain_call_get_xml (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                        GError **error)
{
  BvDomainRequest *self = data;
  g_autoptr (virDomain) domain = bv_domain_request_look_up (self, handle, error);
  char *text;

  if (domain == NULL)
    return NULL;
  text = virDomainGetXMLDesc (domain, 0);
  if (text == NULL)
    bv_set_error_from_libvirt (error, _ ("The XML of the domain %s cannot be read"), self->name);
  return take_text (text);
}

static gboolean
read_state (virDomainPtr domain, BvDomainInfo *info, GError **error)
{
  int state = 0, reason = 0;

  if (virDomainGetState (domain, &state, &reason, 0) < 0)
    return bv_set_error_from_libvirt (error, _ ("The state of the domain %s cannot be read"),
                                      info->name);
  bv_domain_state_from_libvirt (state, reason, &info->state, &info->reason);
  return TRUE;
}

static BvDomainInfo *
new_info (virDomainPtr domain)
{
  char uuid[VIR_UUID_STRING_BUFLEN] = "";

  virDomainGetUUIDString (domain, uuid);
  return bv_domain_info_new (virDomainGetName (domain), uuid);
}

static BvDomainInfo *
read_info (virDomainPtr domain, GError **error)
{
  g_autoptr (BvDomainInfo) info = new_info (domain);
  g_autofree char *xml = take_text (virDomainGetXMLDesc (domain, 0));

  if (xml == NULL)
    {
      bv_set_error_from_libvirt (error, _ ("The XML of the domain %s cannot be read"), info->name);
      return NULL;
    }
  info->is_persistent = virDomainIsPersistent (domain) == 1;
  if (!bv_domain_info_read_xml (info, xml, error) || !read_state (domain, info, error))
    return NULL;
  return g_steal_pointer (&info);
}

gpointer
bv_domain_call_get_state (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                          GError **error)
{
  BvDomainRequest *self = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (virDomain) domain = bv_domain_request_look_up (self, handle, &local);
  g_autoptr (BvDomainInfo) info = NULL;

  if (domain != NULL)
    {
      info = new_info (domain);
      if (read_state (domain, info, &local))
        return g_steal_pointer (&info);
      g_clear_pointer (&info, bv_domain_info_free);
    }
  if (!g_error_matches (local, BV_ERROR, BV_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  info = bv_domain_info_new (self->name, "");
  info->reason = BV_DOMAIN_REASON_NON_EXISTENT;
  return g_steal_pointer (&info);
}

gpointer
bv_domain_call_get_info (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (virDomain) domain = bv_domain_request_look_up (data, handle, error);

  return domain != NULL ? read_info (domain, error) : NULL;
}

/* Adds a domain to the list; one that went meanwhile is left out. */
static gboolean
list_domain (virDomainPtr domain, GPtrArray *list, GError **error)
{
  g_autoptr (GError) local = NULL;
  BvDomainInfo *info = read_info (domain, &local);

  if (info != NULL)
    g_ptr_array_add (list, info);
  else if (!g_error_matches (local, BV_ERROR, BV_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

gpointer
bv_domain_call_list_all (virConnectPtr handle, gpointer data, GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)bv_domain_info_free);
  virDomainPtr *domains = NULL;
  gboolean ok = TRUE;
  int n = virConnectListAllDomains (handle, &domains, 0);

  if (n < 0)
    {
      bv_set_error_from_libvirt (error, _ ("The domains cannot be listed"));
      return NULL;
    }
  for (int i = 0; i < n; i++)
    {
      ok = ok && list_domain (domains[i], list, error);
      virDomainFree (domains[i]);
    }
  free (domains);
  return ok ? g_steal_pointer (&list) : NULL;
}
