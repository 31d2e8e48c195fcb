/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-areas.h"

#include <glib/gi18n-lib.h>

/* Far more than QEMU can use; keeps what a domain costs near the size of its manifest. */
#define MOST_IO_THREADS 1024

static const char *
at (BvAdmission *self, const char *list, guint index, const char *below)
{
  return bv_admission_path (self, "domain.devices.%s[%u]%s", list, index, below);
}

static void
admit_io_threads (BvAdmission *self)
{
  const BvApiDomainSpec *domain = self->spec->domain;
  const BvApiDiskIOThreads *threads = domain->io_threads;

  if (domain->io_threads_policy == NULL)
    return;
  if (domain->io_threads_policy[0] == '\0')
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.ioThreadsPolicy"),
                         _ ("The policy is empty; write shared, auto or supplementalPool, or leave "
                            "it out."));
  if (g_str_equal (domain->io_threads_policy, "supplementalPool") &&
      (threads == NULL || threads->supplemental_pool_thread_count < 1))
    bv_admission_refuse (
        self, BV_REASON_INVALID,
        bv_admission_path (self, "domain.ioThreads.supplementalPoolThreadCount"),
        _ ("The policy supplementalPool needs a number of threads; write ioThreads: "
           "{supplementalPoolThreadCount: 4}."));
  if (threads != NULL && threads->supplemental_pool_thread_count > MOST_IO_THREADS)
    bv_admission_refuse (
        self, BV_REASON_INVALID,
        bv_admission_path (self, "domain.ioThreads.supplementalPoolThreadCount"),
        _ ("%" G_GINT64_FORMAT " I/O threads are more than QEMU can use; at most %d can be."),
        threads->supplemental_pool_thread_count, MOST_IO_THREADS);
}

static void
admit_inputs (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  if (!bv_api_devices_has_autoattach_input_device (devices) || !devices->autoattach_input_device ||
      self->is_template || devices->n_inputs > 0)
    return;
  bv_admission_warn (self, bv_admission_path (self, "domain.devices.autoattachInputDevice"),
                     _ ("An input is added to the guests of a VirtualMachine only; list one in "
                        "inputs."));
}

static void
admit_sound (BvAdmission *self)
{
  const BvApiSoundDevice *sound = self->spec->domain->devices->sound;

  if (sound != NULL && sound->name != NULL && sound->name[0] == '\0')
    bv_admission_refuse (self, BV_REASON_INVALID,
                         bv_admission_path (self, "domain.devices.sound.name"),
                         _ ("The sound device has no name; give it one."));
}

static void
admit_video (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  if (devices->video != NULL && bv_api_devices_has_autoattach_graphics_device (devices) &&
      !devices->autoattach_graphics_device)
    bv_admission_refuse (self, BV_REASON_INVALID, bv_admission_path (self, "domain.devices.video"),
                         _ ("A guest without a graphics device has no video; remove video, or "
                            "autoattachGraphicsDevice: false."));
}

static gboolean
has_ram_fb (const BvApiGPU *gpu)
{
  const BvApiVGPUDisplayOptions *display =
      gpu->virtual_gpu_options == NULL ? NULL : gpu->virtual_gpu_options->display;

  if (display == NULL || (bv_api_vgpu_display_options_has_enabled (display) && !display->enabled))
    return FALSE;
  return display->ram_fb == NULL || display->ram_fb->enabled;
}

static void
admit_gpus (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;
  int first = -1;

  for (guint i = 0; i < devices->n_gpus; i++)
    {
      if (!has_ram_fb (devices->gpus[i]))
        continue;
      if (first >= 0)
        bv_admission_refuse (
            self, BV_REASON_INVALID, at (self, "gpus", i, ".virtualGPUOptions.display"),
            _ ("gpus[%d] has a display with ramFB already, and a guest has one of them at most; "
               "write ramFB: {enabled: false} here."),
            first);
      else
        first = (int)i;
    }
}

static void
admit_gates (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  if (devices->n_host_devices > 0)
    bv_admission_require_gate (self, "HostDevices",
                               bv_admission_path (self, "domain.devices.hostDevices"),
                               _ ("hostDevices"));
  if (devices->autoattach_vsock)
    bv_admission_require_gate (self, "VSOCK",
                               bv_admission_path (self, "domain.devices.autoattachVSOCK"),
                               _ ("autoattachVSOCK"));
  if (devices->downward_metrics != NULL)
    bv_admission_require_gate (self, "DownwardMetrics",
                               bv_admission_path (self, "domain.devices.downwardMetrics"),
                               _ ("The device downwardMetrics"));
}

static void
admit_panic_devices (BvAdmission *self)
{
  const BvApiDevices *devices = self->spec->domain->devices;

  for (guint i = 0; i < devices->n_panic_devices; i++)
    if (devices->panic_devices[i]->model != NULL && devices->panic_devices[i]->model[0] == '\0')
      bv_admission_refuse (self, BV_REASON_INVALID, at (self, "panicDevices", i, ".model"),
                           _ ("The model is empty; write isa, hyperv or pvpanic, or leave it "
                              "out."));
}

void
bv_admit_devices (BvAdmission *self)
{
  admit_io_threads (self);
  admit_inputs (self);
  admit_sound (self);
  admit_video (self);
  admit_gpus (self);
  admit_gates (self);
  admit_panic_devices (self);
}
