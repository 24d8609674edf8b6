// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/workbench/connection.h"

#include <QAbstractScrollArea>

#include <vector>

namespace swb::ui {

/// Bytes as a hex dump or as text. Only the lines on screen are made and painted, so the size does
/// not matter.
class ByteView : public QAbstractScrollArea {
    Q_OBJECT
public:
    enum class Mode { Hex, Text };

    explicit ByteView(QWidget* parent = nullptr);

    void setMode(Mode mode);
    Mode mode() const { return m_mode; }
    /// Shows `tail`; stays at the end when it was there.
    void setBytes(workbench::ReceivedTail tail);
    const workbench::ReceivedTail& bytes() const { return m_tail; }
    void setEmptyText(const QString& text);

    int lineCount() const;
    /// What line `line` shows.
    QString line(int line) const;
    /// All lines, for the clipboard.
    QString allText() const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void layOut();
    void breakLines();
    QString hexLine(std::size_t first) const;
    QString textLine(std::size_t first, std::size_t end) const;
    int columns() const;

    workbench::ReceivedTail m_tail;
    Mode m_mode = Mode::Hex;
    std::size_t m_perLine = 16; ///< Bytes of a hex line.
    std::vector<std::size_t> m_starts; ///< Where text lines begin.
    QString m_emptyText;
};

} // namespace swb::ui
