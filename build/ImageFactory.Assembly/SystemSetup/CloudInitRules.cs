using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>
/// cloud-init does what the cloud's metadata says: users, keys, commands. It is absent, or restricted by the overlay tree of that option to what does
/// no harm in a confidential guest.
/// </summary>
internal static class CloudInitRules
{
    public const string Program = "/usr/bin/cloud-init";
    public const string Restriction = "/etc/cloud/cloud.cfg.d/99_coco_only_allow.cfg";

    public static IReadOnlyList<Fault> Apply(FileTree tree, CloudInit setting) =>
        setting == CloudInit.Absent && tree.Find(Program) is not null ? [SystemFaults.CloudInitPresent(Program)] : [];
}
