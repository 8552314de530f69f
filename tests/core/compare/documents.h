#pragma once

#include "comparing.h"

#include "json/node.h"

#include <QRandomGenerator>

/// Random documents, small alphabets, so that repetition, moves and near misses are common.
class Documents
{
public:
    explicit Documents(quint32 seed) : m_dice(seed) { }

    Orgtrace::Json::Node value(int depth)
    {
        const int kind = int(m_dice.bounded(depth > 0 ? 10 : 5));
        if (kind < 2)
            return Orgtrace::Json::Node(int(m_dice.bounded(6)));
        if (kind < 4)
            return Orgtrace::Json::Node(QString(QChar(u'a' + ushort(m_dice.bounded(6)))));
        if (kind == 4)
            return m_dice.bounded(2) ? Orgtrace::Json::Node() : Orgtrace::Json::Node(m_dice.bounded(2) == 1);
        return kind < 7 ? array(depth - 1) : object(depth - 1);
    }

    Orgtrace::Json::Node object(int depth)
    {
        Orgtrace::Json::Node out = Orgtrace::Json::Node::object();
        for (int i = int(m_dice.bounded(5)); i > 0; --i)
            out[std::string(1, char('p' + m_dice.bounded(6)))] = value(depth);
        return out;
    }

    Orgtrace::Json::Node array(int depth)
    {
        Orgtrace::Json::Node out = Orgtrace::Json::Node::array();
        for (int i = int(m_dice.bounded(7)); i > 0; --i)
            out.append(value(depth));
        return out;
    }

    /// The same document with some of it otherwise: values changed, members and elements added, removed, moved.
    Orgtrace::Json::Node mutated(Orgtrace::Json::Value from, int depth)
    {
        if (m_dice.bounded(12) == 0)
            return value(depth);
        if (from.isObject()) {
            Orgtrace::Json::Node out = Orgtrace::Json::Node::object();
            for (const Orgtrace::Json::Member &member : from.members()) {
                if (m_dice.bounded(10) != 0)
                    out[member.key] = mutated(member.value, depth - 1);
            }
            if (m_dice.bounded(6) == 0)
                out[std::string(1, char('p' + m_dice.bounded(6)))] = value(depth - 1);
            return out;
        }
        if (from.isArray()) {
            std::vector<Orgtrace::Json::Node> items;
            for (const Orgtrace::Json::Value item : from.items()) {
                if (m_dice.bounded(10) != 0)
                    items.push_back(mutated(item, depth - 1));
            }
            if (m_dice.bounded(4) == 0)
                items.insert(items.begin() + qsizetype(m_dice.bounded(int(items.size()) + 1)), value(depth - 1));
            if (items.size() > 1 && m_dice.bounded(4) == 0)
                std::swap(items[m_dice.bounded(quint32(items.size()))], items[m_dice.bounded(quint32(items.size()))]);
            return Orgtrace::Json::Node(std::move(items));
        }
        return Orgtrace::Json::Node(from);
    }

    /// The same with every array in another order.
    Orgtrace::Json::Node shuffled(Orgtrace::Json::Value from)
    {
        if (from.isObject()) {
            Orgtrace::Json::Node out = Orgtrace::Json::Node::object();
            for (const Orgtrace::Json::Member &member : from.members())
                out[member.key] = shuffled(member.value);
            return out;
        }
        if (from.isArray()) {
            std::vector<Orgtrace::Json::Node> items;
            for (const Orgtrace::Json::Value item : from.items())
                items.push_back(shuffled(item));
            for (size_t i = items.size(); i > 1; --i)
                std::swap(items[i - 1], items[m_dice.bounded(quint32(i))]);
            return Orgtrace::Json::Node(std::move(items));
        }
        return Orgtrace::Json::Node(from);
    }

    QRandomGenerator m_dice;
};
