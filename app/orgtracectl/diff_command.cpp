#include "orgtracectl/diff_command.h"

#include <CLI/CLI.hpp>

namespace Orgtrace::Ctl {

void addDiffCommand(CLI::App &app, Context &context, Command &chosen)
{
    auto *command = app.add_subcommand("diff", "What differs between two snapshots, or two JSON files");
    addCommonOptions(*command, context);
    auto arguments = std::make_shared<DiffArguments>();
    command->add_option("A", arguments->a, "Earlier snapshot: [ORG:]REV (or a file)")->required();
    command->add_option("B", arguments->b, "Later snapshot (or a file)")->required();
    command->add_option("--domain", arguments->domain, "Only these domains, comma-separated");
    command->add_flag("--types", arguments->types, "Show differences of type alone (\"30\" and 30)");
    command->add_flag("--suppressed", arguments->suppressed, "List what is no change of a setting and was left out, and why");
    command->add_option("--match", arguments->match, "Two organisations: a JSON file that says which entities belong together");
    command->add_flag("--show-matching", arguments->showMatching, "Two organisations: list which entities were matched, and how");
    command->add_flag("--exact", arguments->exact, "Arrays in order, types strict");
    command->add_flag("--files", arguments->files, "A and B are JSON files");
    command->add_option("--format", arguments->format, "text, json, json-patch or unified")
        ->check(CLI::IsMember({"text", "json", "json-patch", "unified"}))
        ->capture_default_str();
    command->callback([arguments, &context, &chosen] {
        context.json = context.json || arguments->format == "json";
        chosen = [arguments](Context &c) { return arguments->files ? diffFiles(c, *arguments) : diffSnapshots(c, *arguments); };
    });
}

} // namespace Orgtrace::Ctl
