/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "admit-rules.h"

/* Objects of the kinds beside VMIs; a row a rule, as in test-admit-devices.c. */

#define OBJECT(version, kind, rest)                                                                \
  NULL, "{apiVersion: " version ", kind: " kind ", metadata: {name: x}, " rest "}"
#define VM(spec) OBJECT ("kubevirt.io/v1", "VirtualMachine", "spec: {" spec "}")
#define TEMPLATE "template: {spec: {domain: {memory: {guest: 1Gi}, devices: {}}}}"
#define WITH_MEMORY(memory)                                                                        \
  "runStrategy: Halted, template: {spec: {domain: {" memory ", devices: {}}}}"
#define WITH_DATA(template)                                                                        \
  "runStrategy: Halted, template: {spec: {domain: {memory: {guest: 1Gi}, devices: {}}, volumes: "  \
  "[{name: d, dataVolume: {name: data}}]}}, dataVolumeTemplates: [{" template "}]"
#define DATA_SPEC "spec: {source: {blank: {}}, storage: {resources: {requests: {storage: 1Gi}}}}"
#define DV(spec) OBJECT ("cdi.kubevirt.io/v1beta1", "DataVolume", "spec: {" spec "}")
#define STORAGE "storage: {resources: {requests: {storage: 1Gi}}}"
#define PVC(spec) OBJECT ("v1", "PersistentVolumeClaim", "spec: {" spec "}")
#define MIGRATION(spec)                                                                            \
  OBJECT ("kubevirt.io/v1", "VirtualMachineInstanceMigration", "spec: {" spec "}")
#define NETWORK(config)                                                                            \
  OBJECT ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "spec: {config: '" config "'}")
#define CONFIG_MAP(rest) OBJECT ("v1", "ConfigMap", rest)
#define SECRET(rest) OBJECT ("v1", "Secret", rest)

static const Rule machine_rules[] = {
  { "V261", VM ("runStrategy: Halted, instancetype: {name: u1.small}, " TEMPLATE),
    BV_REASON_NOT_SUPPORTED, "spec.instancetype", "virtctl expand" },
  { "V263", VM ("runStrategy: Halted, preference: {name: fedora}, " TEMPLATE),
    BV_REASON_NOT_SUPPORTED, "spec.preference", "remove preference" },
  { "V264", VM ("runStrategy: Halted"), BV_REASON_REQUIRED, "spec.template", "required" },
  { "V264-spec", VM ("runStrategy: Halted, template: {}"), BV_REASON_REQUIRED, "spec.template.spec",
    "The template has no spec" },
  { "V266",
    VM ("runStrategy: Halted, template: {spec: {domain: {devices: {disks: [{name: d, cdrom: "
        "{bus: virtio}}]}}, volumes: [{name: d, emptyDisk: {capacity: 1Gi}}]}}"),
    BV_REASON_INVALID, "spec.template.spec.domain.devices.disks[0].cdrom.bus", "virtio bus" },
  { "V267",
    VM ("runStrategy: Halted, template: {spec: {domain: {devices: {interfaces: [{name: a, "
        "slirp: {}}]}}, networks: [{name: a, pod: {}}]}}"),
    BV_REASON_INVALID, "spec.template.spec.domain.devices.interfaces[0].slirp", "use masquerade" },
  { "V268", VM ("runStrategy: Halted, running: false, " TEMPLATE), BV_REASON_INVALID,
    "spec.running", "keep runStrategy" },
  { "V269", VM (TEMPLATE), BV_REASON_INVALID, "spec.runStrategy", "add runStrategy: Always" },
  { "V270", VM ("runStrategy: Alwayz, " TEMPLATE), BV_REASON_INVALID, "spec.runStrategy",
    "did you mean “Always”" },
  { "V270-empty", VM ("runStrategy: '', " TEMPLATE), BV_REASON_INVALID, "spec.runStrategy",
    "The run strategy is empty" },
  { "V273-alignment", VM (WITH_MEMORY ("memory: {guest: 1025Mi, maxGuest: 2Gi}")),
    BV_REASON_INVALID, "spec.template.spec.domain.memory.guest", "blocks of 2Mi" },
  { "V273-huge-alignment",
    VM (WITH_MEMORY ("memory: {guest: 1Gi, maxGuest: 2050Mi, hugepages: {pageSize: 1Gi}}")),
    BV_REASON_INVALID, "spec.template.spec.domain.memory.maxGuest", "blocks of 1Gi" },
  { "V273-small", VM (WITH_MEMORY ("memory: {guest: 512Mi, maxGuest: 2Gi}")), BV_REASON_INVALID,
    "spec.template.spec.domain.memory.guest", "1Gi or more" },
  { "V273-protected",
    VM (WITH_MEMORY ("launchSecurity: {snp: {}}, memory: {guest: 1Gi, maxGuest: 2Gi}")),
    BV_REASON_INVALID, "spec.template.spec.domain.memory.maxGuest", "protected" },
  { "V273-architecture",
    VM ("runStrategy: Halted, template: {spec: {architecture: arm64, domain: {memory: {guest: 1Gi, "
        "maxGuest: 2Gi}, devices: {}}}}"),
    BV_REASON_INVALID, "spec.template.spec.domain.memory.maxGuest", "amd64" },
  { "V274", VM (WITH_DATA (DATA_SPEC)), BV_REASON_REQUIRED,
    "spec.dataVolumeTemplates[0].metadata.name", "has no name" },
  { "V275", VM (WITH_DATA ("metadata: {name: data}, spec: {source: {blank: {}}}")),
    BV_REASON_INVALID, "spec.dataVolumeTemplates[0].spec.storage", "what storage it is" },
  { "V281", VM (WITH_DATA ("metadata: {name: other}, " DATA_SPEC)), BV_REASON_REQUIRED,
    "spec.dataVolumeTemplates[0].metadata.name", "No volume of the template uses" },
  { "V282", VM (WITH_DATA ("metadata: {name: data, namespace: lab}, " DATA_SPEC)),
    BV_REASON_INVALID, "spec.dataVolumeTemplates[0].metadata.namespace", "remove the namespace" },
  { "data-twice",
    VM (WITH_DATA ("metadata: {name: data}, " DATA_SPEC "}, {metadata: {name: data}, " DATA_SPEC)),
    BV_REASON_DUPLICATE, "spec.dataVolumeTemplates[1].metadata.name", "dataVolumeTemplates[0] is" },
  { "data-name", VM (WITH_DATA ("metadata: {name: Data}, " DATA_SPEC)), BV_REASON_INVALID,
    "spec.dataVolumeTemplates[0].metadata.name", "cannot be the name" },
};

static const Rule storage_rules[] = {
  { "V276",
    DV ("source: {blank: {}}, pvc: {accessModes: [ReadWriteOnce], resources: {requests: "
        "{storage: 1Gi}}}, " STORAGE),
    BV_REASON_INVALID, "spec.pvc", "keep one of storage and pvc" },
  { "V277",
    DV ("source: {blank: {}}, storage: {dataSource: {kind: PersistentVolumeClaim, name: y}, "
        "resources: {requests: {storage: 1Gi}}}"),
    BV_REASON_INVALID, "spec.source", "dataSource already" },
  { "V278", DV (STORAGE), BV_REASON_INVALID, "spec.source", "blank: {} for an empty disk" },
  { "V279", DV ("source: {}, " STORAGE), BV_REASON_INVALID, "spec.source", "The source is empty" },
  { "V280", DV ("source: {blank: {}, upload: {}}, " STORAGE), BV_REASON_INVALID, "spec.source",
    "several places" },
  { "both-sources", DV ("source: {blank: {}}, sourceRef: {kind: DataSource, name: y}, " STORAGE),
    BV_REASON_INVALID, "spec.sourceRef", "source already" },
  { "http-url", DV ("source: {http: {url: 'ftp://x/y'}}, " STORAGE), BV_REASON_INVALID,
    "spec.source.http.url", "http://, https://" },
  { "registry-none", DV ("source: {registry: {}}, " STORAGE), BV_REASON_INVALID,
    "spec.source.registry", "add url: docker://" },
  { "registry-two", DV ("source: {registry: {url: 'docker://x', imageStream: z}}, " STORAGE),
    BV_REASON_INVALID, "spec.source.registry", "given twice" },
  { "registry-url", DV ("source: {registry: {url: quay.io/x}}, " STORAGE), BV_REASON_INVALID,
    "spec.source.registry.url", "docker://" },
  { "claim-empty", DV ("source: {pvc: {name: '', namespace: default}}, " STORAGE),
    BV_REASON_REQUIRED, "spec.source.pvc.name", "This is empty" },
  { "claim-name", DV ("source: {pvc: {name: x, namespace: a/b}}, " STORAGE), BV_REASON_INVALID,
    "spec.source.pvc.namespace", "cannot be the name" },
  { "blank-size", DV ("source: {blank: {}}, storage: {}"), BV_REASON_REQUIRED,
    "spec.storage.resources.requests.storage", "how much storage" },
  { "size-zero", PVC ("accessModes: [ReadWriteOnce], resources: {requests: {storage: 0}}"),
    BV_REASON_INVALID, "spec.resources.requests.storage", "no room at all" },
  { "size-missing", PVC ("accessModes: [ReadWriteOnce]"), BV_REASON_REQUIRED,
    "spec.resources.requests.storage", "how much storage" },
  { "size-garbage", PVC ("accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Qi}}"),
    BV_REASON_INVALID, "spec.resources.requests.storage", "no quantity" },
  { "size-above-limit",
    PVC ("accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}, limits: {storage: "
         "1Gi}}"),
    BV_REASON_INVALID, "spec.resources.limits.storage", "below the size" },
  { "access-mode", PVC ("accessModes: [ReadWriteOne], resources: {requests: {storage: 1Gi}}"),
    BV_REASON_INVALID, "spec.accessModes[0]", "did you mean “ReadWriteOnce”" },
  { "access-modes-mixed",
    PVC ("accessModes: [ReadWriteOncePod, ReadOnlyMany], resources: {requests: {storage: 1Gi}}"),
    BV_REASON_INVALID, "spec.accessModes", "beside other modes" },
  { "storage-class",
    PVC ("accessModes: [ReadWriteOnce], storageClassName: ../x, resources: {requests: {storage: "
         "1Gi}}"),
    BV_REASON_INVALID, "spec.storageClassName", "cannot be the name" },
  { "no-spec", NULL, "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: x}}",
    BV_REASON_REQUIRED, "spec", "what storage it is" },
};

static const Rule storage_warnings[] = {
  { "access-modes", PVC ("resources: {requests: {storage: 1Gi}}"), BV_REASON_NOT_SUPPORTED,
    "spec.accessModes", "without access modes" },
  { "foreign-source", DV ("source: {s3: {url: 's3://x/y'}}, " STORAGE), BV_REASON_NOT_SUPPORTED,
    "spec.source.s3", "cannot fetch data from s3" },
  { "source-ref", DV ("sourceRef: {kind: DataSource, name: fedora}, " STORAGE),
    BV_REASON_NOT_SUPPORTED, "spec.sourceRef", "no DataSource objects" },
};

static const Rule migration_rules[] = {
  { "V331", MIGRATION (""), BV_REASON_REQUIRED, "spec.vmiName", "which instance moves" },
  { "V331-empty", MIGRATION ("vmiName: ''"), BV_REASON_REQUIRED, "spec.vmiName",
    "which instance moves" },
  { "V332", MIGRATION ("vmiName: x, priority: user-triggered"), BV_REASON_FORBIDDEN,
    "spec.priority", "remove it" },
  { "V338",
    MIGRATION ("vmiName: x, sendTo: {migrationID: a, connectURL: 'h:1'}, receive: "
               "{migrationID: b}"),
    BV_REASON_INVALID, "spec.receive.migrationID", "must be the same" },
  { "name", MIGRATION ("vmiName: a_b"), BV_REASON_INVALID, "spec.vmiName", "cannot be the name" },
  { "no-id", MIGRATION ("vmiName: x, sendTo: {migrationID: '', connectURL: 'h:1'}"),
    BV_REASON_REQUIRED, "spec.sendTo.migrationID", "identifier is empty" },
  { "no-address", MIGRATION ("vmiName: x, sendTo: {migrationID: a, connectURL: ''}"),
    BV_REASON_REQUIRED, "spec.sendTo.connectURL", "address is empty" },
};

static const Rule network_rules[] = {
  { "empty", NETWORK (""), BV_REASON_REQUIRED, "spec.config", "has no configuration" },
  { "absent", NULL,
    "{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition, metadata: {name: x}}",
    BV_REASON_REQUIRED, "spec.config", "has no configuration" },
  { "not-json", NETWORK ("{type: bridge"), BV_REASON_INVALID, "spec.config", "is not JSON" },
  { "list", NETWORK ("[]"), BV_REASON_INVALID, "spec.config", "write it in braces" },
  { "no-type", NETWORK ("{\"bridge\": \"br0\"}"), BV_REASON_INVALID, "spec.config", "has no type" },
  { "unknown-type", NETWORK ("{\"type\": \"bridg\"}"), BV_REASON_NOT_SUPPORTED, "spec.config",
    "did you mean “bridge”" },
  { "no-plugins", NETWORK ("{\"plugins\": []}"), BV_REASON_INVALID, "spec.config",
    "list of plugins" },
  { "link", NETWORK ("{\"type\": \"bridge\", \"bridge\": \"../br0\"}"), BV_REASON_INVALID,
    "spec.config", "“bridge” must be the name of a network device" },
  { "link-kind", NETWORK ("{\"type\": \"macvtap\", \"master\": 7}"), BV_REASON_INVALID,
    "spec.config", "“master” must be" },
  { "deep", NETWORK ("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["), BV_REASON_INVALID, "spec.config",
    "nested too deep" },
};

static const Rule content_rules[] = {
  { "key", CONFIG_MAP ("data: {'a/b': x}"), BV_REASON_INVALID, "data[\"a/b\"]", "name of a file" },
  { "key-parent", CONFIG_MAP ("data: {'..': x}"), BV_REASON_INVALID, "data[\"..\"]",
    "name of a file" },
  { "key-twice", CONFIG_MAP ("data: {a: x}, binaryData: {a: eA==}"), BV_REASON_INVALID,
    "binaryData.a", "in data already" },
  { "not-base64", SECRET ("data: {a: '%'}"), BV_REASON_INVALID, "data.a", "base64 -w0" },
  { "secret-key", SECRET ("stringData: {'a b': x}"), BV_REASON_INVALID, "stringData.a b",
    "name of a file" },
  { "secret-type", SECRET ("type: kubernetes.io/tls, stringData: {tls.crt: x}"), BV_REASON_REQUIRED,
    "data[\"tls.key\"]", "needs the key tls.key" },
};

static const Rule off_rules[] = {
  { "V271", VM ("runStrategy: WaitAsReceiver, " TEMPLATE), BV_REASON_INVALID, "spec.runStrategy",
    "feature gate DecentralizedLiveMigration" },
  { "V337", MIGRATION ("vmiName: x, receive: {migrationID: b}"), BV_REASON_INVALID, "spec.receive",
    "feature gate DecentralizedLiveMigration" },
};

static const Rule accepted[] = {
  { "V260", NULL,
    "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: x, deletionTimestamp: "
    "'2026-01-01T00:00:00Z'}, spec: {" TEMPLATE "}}" },
  { "running", VM ("running: true, " TEMPLATE) },
  { "wait-as-receiver", VM ("runStrategy: WaitAsReceiver, " TEMPLATE) },
  { "data-volume", VM (WITH_DATA ("metadata: {name: data}, " DATA_SPEC)) },
  { "growing", VM (WITH_MEMORY ("memory: {guest: 1Gi, maxGuest: 4Gi}")) },
  { "size-of-source", DV ("source: {http: {url: 'https://x/y.qcow2'}}, storage: {}") },
  { "populated", DV ("storage: {dataSource: {kind: PersistentVolumeClaim, name: z}, resources: "
                     "{requests: {storage: 1Gi}}}") },
  { "plugins", NETWORK ("{\"plugins\": [{\"type\": \"bridge\", \"bridge\": \"br0\"}, {\"type\": "
                        "\"tuning\"}]}") },
  { "secret-keys", SECRET ("type: kubernetes.io/tls, data: {tls.crt: eA==, tls.key: eA==}") },
};

int
main (int argc, char **argv)
{
  static const char *const gates_off[] = { "-DecentralizedLiveMigration", NULL };

  g_test_init (&argc, &argv, NULL);
  add_rules ("/admit-kinds/machine/", machine_rules, G_N_ELEMENTS (machine_rules));
  add_rules ("/admit-kinds/storage/", storage_rules, G_N_ELEMENTS (storage_rules));
  add_rules ("/admit-kinds/migration/", migration_rules, G_N_ELEMENTS (migration_rules));
  add_rules ("/admit-kinds/network/", network_rules, G_N_ELEMENTS (network_rules));
  add_rules ("/admit-kinds/contents/", content_rules, G_N_ELEMENTS (content_rules));
  add_warnings ("/admit-kinds/warning/", storage_warnings, G_N_ELEMENTS (storage_warnings));
  add_gated_rules ("/admit-kinds/gate-off/", off_rules, G_N_ELEMENTS (off_rules), gates_off);
  add_accepted ("/admit-kinds/accepted/", accepted, G_N_ELEMENTS (accepted));
  return g_test_run ();
}
