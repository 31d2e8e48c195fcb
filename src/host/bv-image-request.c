/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host/bv-image-request.h"

#include "model/bv-vmi-private.h"

static gboolean
is_given (const char *text)
{
  return text != NULL && text[0] != '\0';
}

gboolean
bv_image_request_fill (BvImageRequest *request, const BvVolumeWork *work, const char *reference,
                       const char *policy, const char *secret, GError **error)
{
  const char *architecture = bv_vmi_get_record (work->vmi)->spec->architecture;

  *request = (BvImageRequest){
    .reference = reference,
    .policy = policy,
    .architecture = is_given (architecture) ? architecture : work->facts->architecture,
    .group = work->group,
  };
  if (!is_given (secret))
    return TRUE;
  request->pull_secret = bv_volume_objects_get_record (work->objects, "Secret", secret, error);
  return request->pull_secret != NULL;
}
