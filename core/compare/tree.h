#pragma once

#include "compare/compare.h"
#include "compare/pathrules.h"
#include "json/value.h"

#include <QSet>
#include <QString>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace Orgtrace::Compare {

/// Rows of a pivoted domain whose parent could not be read: neither side's are compared.
struct SkippedRows {
    std::string array, member; ///< "grants", "role"
    QSet<QString> values;
    [[nodiscard]] bool isEmpty() const { return values.isEmpty(); }
};

/// One value of a document with what the rules say about it and two hashes: `strict` over everything as it stands, `loose` over what counts
/// (labels left out, numbers by value, unordered arrays in any order). Hashes only propose; nothing is called equal by a hash alone. They are made where they are
/// asked for, Tree::hash(): most elements are told apart by their identity, and most equal ones by looking at them.
struct TreeNode {
    Json::Value value;
    std::string_view key; ///< member name; empty for elements
    quint32 index = 0; ///< position in the document's array; members: unused
    quint32 first = 0, count = 0; ///< children, one after the other; members sorted by name
    Json::Kind kind = Json::Kind::Missing; ///< the value's
    quint64 strict = 0, loose = 0;
    PlaceRules rules;
    bool closed = false; ///< its children are not laid out: Tree::open()
    bool hashed = false; ///< strict and loose are set: Tree::hash()
    bool partial = false; ///< only some of its children are laid out
    [[nodiscard]] bool isObject() const { return kind == Json::Kind::Object; }
    [[nodiscard]] bool isArray() const { return kind == Json::Kind::Array; }
};

/// A document laid out so that children stand side by side and after their parents; no recursion, so any depth that could be parsed is fine. Borrows document and rules.
///
/// The elements of a long array are closed: most are equal on both sides and never looked into, and the whole would be larger than the document. References to
/// nodes stay valid.
class Tree
{
public:
    Tree(Json::Value root, PathRules &rules, const Options &options, const SkippedRows &skipped);
    ~Tree();
    Q_DISABLE_COPY_MOVE(Tree)
    [[nodiscard]] const TreeNode &node(quint32 at) const { return m_nodes[at]; }
    [[nodiscard]] quint32 size() const { return quint32(m_nodes.size()); }
    [[nodiscard]] std::span<const TreeNode> children(const TreeNode &parent) const { return {m_nodes.data() + parent.first, parent.count}; }
    [[nodiscard]] quint32 indexOf(const TreeNode &node) const { return quint32(&node - m_nodes.data()); }
    /// Lays out what is inside a closed node; nothing otherwise.
    /// @param wanted of an object's members in document order, those to be laid out; null: all
    void open(const TreeNode &node, const std::vector<bool> *wanted = nullptr);
    /// @pre node was opened last of all; nothing below it is used any more
    void close(const TreeNode &node);
    /// Makes its hashes and, where it is open, those of all that is inside it. @pre not opened in part
    void hash(const TreeNode &node);
    [[nodiscard]] const QSet<QString> &secretKeys() const { return m_secretKeys; } ///< key ids of fingerprints inside
    /// Makes fingerprints look alike, for matching elements across different keys.
    void maskSecrets();

private:
    class Layout;
    void compute(TreeNode &node);
    void hashAll();
    std::vector<TreeNode> m_nodes; // never grows beyond what was reserved
    std::unique_ptr<Layout> m_layout;
    bool m_masked = false;
    QSet<QString> m_secretKeys;
    bool m_exact = false;
};

/// How alike two values are, 0 to 1: shared members and elements, members with the same name and other content count a little.
/// @param budget nodes that may still be looked at; at 0 the answer is 0.
[[nodiscard]] double similarity(Tree &left, const TreeNode &a, Tree &right, const TreeNode &b, qint64 &budget,
                                std::string_view withoutMember = {});

} // namespace Orgtrace::Compare
