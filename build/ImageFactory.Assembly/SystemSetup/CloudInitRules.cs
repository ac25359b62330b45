using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>cloud-init does what the cloud's metadata says: users, keys, commands. In a confidential guest only what does no harm may stay.</summary>
internal static class CloudInitRules
{
    public const string Program = "/usr/bin/cloud-init";
    public const string Restriction = "/etc/cloud/cloud.cfg.d/99_coco_only_allow.cfg";

    private static readonly (string Stage, string[] Modules)[] Allowed =
    [
        ("cloud_init_modules", ["migrator", "set_hostname", "update_hostname"]),
        ("cloud_config_modules", ["locale", "rh_subscription", "ntp", "timezone", "disable_ec2_metadata"]),
        ("cloud_final_modules", ["phone_home", "final_message", "power_state_change"]),
    ];

    public static IReadOnlyList<Fault> Apply(FileTree tree, CloudInit setting)
    {
        bool present = tree.Find(Program) is not null;
        if (setting == CloudInit.Absent)
            return present ? [SystemFaults.CloudInitPresent(Program)] : [];
        tree.Put(Restriction, TreeEntry.Text(Text()));
        return present ? [] : [SystemFaults.CloudInitMissing()];
    }

    private static string Text() =>
        string.Concat(Allowed.Select(stage => $"{stage.Stage}:\n{string.Concat(stage.Modules.Select(m => $"  - {m}\n"))}"));
}
