# A policy in the manner of generated ones: fixed rules over data about the
# containers that may run. Written for these tests.
package agent_policy

import future.keywords.every
import future.keywords.if
import future.keywords.in

default AddARPNeighborsRequest := false
default AddSwapPathRequest := false
default AddSwapRequest := false
default CloseStdinRequest := false
default CopyFileRequest := false
default CreateContainerRequest := false
default CreateSandboxRequest := false
default DestroySandboxRequest := true
default ExecProcessRequest := false
default GetDiagnosticDataRequest := false
default GetIPTablesRequest := false
default GetMetricsRequest := false
default GetOOMEventRequest := true
default GuestDetailsRequest := true
default ListInterfacesRequest := false
default ListRoutesRequest := false
default MemAgentCompactConfig := false
default MemAgentMemcgConfig := false
default MemHotplugByProbeRequest := false
default OnlineCPUMemRequest := true
default PauseContainerRequest := false
default ReadStreamRequest := false
default RemoveContainerRequest := true
default RemoveStaleVirtiofsShareMountsRequest := true
default ReseedRandomDevRequest := false
default ResizeVolumeRequest := false
default ResumeContainerRequest := false
default SetGuestDateTimeRequest := false
default SetIPTablesRequest := false
default SetPolicyRequest := false
default SignalProcessRequest := true
default StartContainerRequest := true
default StatsContainerRequest := true
default StopTracingRequest := false
default TtyWinResizeRequest := true
default UpdateContainerRequest := false
default UpdateEphemeralMountsRequest := false
default UpdateInterfaceRequest := false
default UpdateRoutesRequest := false
default VolumeStatsRequest := false
default WaitProcessRequest := true
default WriteStreamRequest := false

default AllowRequestsFailingPolicy := false

SANDBOX_KEY = "io.kubernetes.cri.sandbox-name"
KIND_KEY = "io.kubernetes.cri.container-type"
DIGITS = "^[0-9]+$"
NO_DIGITS = "^[^0-9]+\\.[a-z]*$"

# Which container of the data a running container is, kept between calls.
CreateContainerRequest := {"ops": ops, "allowed": true} if {
    print("create", input.container_id)
    regex.match("^[a-f0-9]{64}$", input.container_id)
    some index, wanted in policy_data.containers
    fits(wanted, input.OCI)
    not index in known_indexes
    ops := remember(index)
    print("create: container", index)
}

known_indexes := {index | some _, index in data["pstate"]["containers"]}

remember(index) := ops if {
    data.pstate.containers
    ops := [{"op": "add", "path": concat("/", ["/pstate/containers", input.container_id]), "value": index}]
} else := ops if {
    ops := [
        {"op": "add", "path": "/pstate/containers", "value": {}},
        {"op": "add", "path": concat("/", ["/pstate/containers", input.container_id]), "value": index},
    ]
}

fits(wanted, given) if {
    wanted.Version == given.Version
    wanted.Root.Readonly == given.Root.Readonly
    fits_annotations(wanted, given)
    fits_process(wanted.Process, given.Process)
    every mount in given.Mounts {
        fits_mount(wanted, mount)
    }
    extra := {name | some name in given.Linux.Namespaces[_].Type} - {name | some name in wanted.Linux.Namespaces[_].Type}
    count(extra) == 0
}

fits_annotations(wanted, given) if {
    name := given.Annotations[SANDBOX_KEY]
    pattern := replace(policy_data.sandbox.name, "$(number)", "[0-9]+")
    regex.match(pattern, name)
    wanted.Annotations[KIND_KEY] = given.Annotations[KIND_KEY]
}

fits_process(wanted, given) if {
    wanted.Terminal == given.Terminal
    wanted.User.UID == given.User.UID
    is_null(given.Capabilities)
    fits_arguments(wanted.Args, given.Args)
    every entry in given.Env {
        fits_variable(wanted, entry)
    }
}

fits_arguments(wanted, given) if {
    count(wanted) == count(given)
    every i, argument in given {
        wanted[i] == argument
    }
}

fits_variable(wanted, entry) if {
    entry in wanted.Env
}
fits_variable(wanted, entry) if {
    parts := split(entry, "=")
    count(parts) == 2
    startswith(parts[0], "SERVICE_")
    regex.match(DIGITS, parts[1])
}
fits_variable(wanted, entry) if {
    some pattern in policy_data.common.variables
    regex.match(pattern, entry)
}

fits_mount(wanted, mount) if {
    some allowed in array.concat(wanted.Mounts, policy_data.common.mounts)
    allowed.destination == mount.destination
    allowed.type_ == mount.type_
    fits_source(allowed, mount)
    bits.and(to_number(object.get(mount, "flags", "0")), bits.negate(allowed.flags)) == 0
}

fits_source(allowed, mount) = true if {
    allowed.source == mount.source
} else = true if {
    allowed.source == ""
    name := trim_prefix(mount.source, policy_data.common.prefix)
    lower(substring(name, 0, 4)) == "file"
    not contains(name, "..")
    found := regex.find_all_string_submatch_n("^(.*)-([a-z]+)$", name, 1)
    base64url.encode(found[0][1]) == policy_data.sandbox.encoded
}

RemoveContainerRequest := {"ops": ops, "allowed": true} if {
    ops := [{"op": "remove", "path": concat("/", ["/pstate/containers", input.container_id])}]
}

CopyFileRequest if {
    input.file_type == "Regular"
    startswith(input.path, policy_data.common.prefix)
    not contains(input.path, "..")
}

CreateSandboxRequest if {
    count(input.guest_hook_path) == 0
    count(input.kernel_modules) == 0
}

ExecProcessRequest if {
    some container in policy_data.containers
    some command in container.exec_commands
    command == concat(" ", input.process.Args)
}
ExecProcessRequest if {
    input.process.Args in policy_data.request_defaults.ExecProcessRequest.commands
}

CloseStdinRequest if {
    policy_data.request_defaults.CloseStdinRequest == true
}

ReadStreamRequest if {
    policy_data.request_defaults.ReadStreamRequest == true
}

UpdateEphemeralMountsRequest if {
    policy_data.request_defaults.UpdateEphemeralMountsRequest == true
}

GetDiagnosticDataRequest if {
    policy_data.request_defaults.GetDiagnosticDataRequest == true
}

WriteStreamRequest if {
    policy_data.request_defaults.WriteStreamRequest == true
}

UpdateInterfaceRequest if {
    not input.interface.name in policy_data.request_defaults.forbidden_interfaces
    input.interface.IPAddresses[_].mask != ""
}

policy_data := {
  "containers": [
    {
      "Version": "1.1.0",
      "Root": { "Readonly": true },
      "Annotations": { "io.kubernetes.cri.container-type": "sandbox" },
      "Process": { "Terminal": false, "User": { "UID": 65535 }, "Args": [ "/pause" ], "Env": [] },
      "Mounts": [],
      "Linux": { "Namespaces": [ { "Type": "ipc" } ] },
      "exec_commands": []
    }
  ],
  "request_defaults": {
    "CloseStdinRequest": false,
    "ExecProcessRequest": { "commands": [] },
    "GetDiagnosticDataRequest": false,
    "ReadStreamRequest": true,
    "UpdateEphemeralMountsRequest": false,
    "WriteStreamRequest": false,
    "forbidden_interfaces": [ "lo" ]
  },
  "common": {
    "prefix": "/run/shared/",
    "variables": [ "^HOSTNAME=[a-z0-9-]+$", "KUBERNETES_.*" ],
    "mounts": []
  },
  "sandbox": { "name": "^pod-$(number)$", "encoded": "eA==" }
}
