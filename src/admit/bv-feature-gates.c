/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit/bv-feature-gates.h"

const BvFeatureGate bv_feature_gates[] = {
  { "AlignCPUs", FALSE },
  { "ContainerPathVolumes", FALSE },
  { "DecentralizedLiveMigration", TRUE },
  { "DeclarativeHotplugVolumes", TRUE },
  { "DownwardMetrics", FALSE },
  { "EnableVirtioFsStorageVolumes", FALSE },
  { "ExperimentalIgnitionSupport", FALSE },
  { "FirmwareAutoSelection", FALSE },
  { "GPUsWithDRA", TRUE },
  { "GraceIOVirtualization", FALSE },
  { "HostDevices", FALSE },
  { "HostDevicesWithDRA", TRUE },
  { "HostDisk", FALSE },
  { "IOMMUFD", FALSE },
  { "IncrementalBackup", FALSE },
  { "MigrationDowntimeTuning", FALSE },
  { "MigrationStallDetection", FALSE },
  { "NetworkDevicesWithDRA", FALSE },
  { "PCINUMAAwareTopology", FALSE },
  { "PasstBinding", TRUE },
  { "PortRangesSpec", FALSE },
  { "RebootPolicy", TRUE },
  { "ReservedOverheadMemlock", FALSE },
  { "Root", FALSE },
  { "Sidecar", FALSE },
  { "UtilityVolumes", FALSE },
  { "VGPULiveMigration", FALSE },
  { "VMStatsCollector", FALSE },
  { "VSOCK", FALSE },
  { "WorkloadEncryptionSEV", TRUE },
  { "WorkloadEncryptionTDX", FALSE },
};

const guint bv_n_feature_gates = G_N_ELEMENTS (bv_feature_gates);

/* The place of the gate NAME in the table, or -1. */
int
bv_feature_gate_find (const char *name)
{
  for (guint i = 0; i < bv_n_feature_gates; i++)
    if (g_str_equal (bv_feature_gates[i].name, name))
      return i;
  return -1;
}
