// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/net/address.h"

#include <QWidget>

#include <optional>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;

namespace swb::ui {

/// Asks for an end point, and says at every keystroke what is wrong with it, in the words of
/// Address::parse().
class AddressForm : public QWidget {
    Q_OBJECT
public:
    enum class Purpose {
        Connect, ///< Host or path, and port.
        Listen, ///< Port or path; loopback unless "all interfaces" is switched on.
    };

    explicit AddressForm(Purpose purpose, QWidget* parent = nullptr);

    /// Nothing while what is typed is no address.
    std::optional<Address> address() const { return m_address; }
    /// Why there is no address; empty before anything was typed.
    QString error() const;
    /// "tcp://127.0.0.1:9000"; what cannot be parsed is ignored.
    void setText(const QString& text);
    void focusFirst();
    /// So that the fields of this form stand below those of another one.
    void setLabelWidth(int pixels);

signals:
    void changed();

private:
    bool isUnix() const;
    bool isWhole() const;
    void takeWholeAddress(const QString& text);
    void changeTransport();
    void check();
    QString written() const;
    void buildRows();

    Purpose m_purpose;
    QLabel* m_transportLabel;
    QComboBox* m_transport;
    QLabel* m_hostLabel;
    QLineEdit* m_host;
    QLabel* m_portLabel;
    QLineEdit* m_port;
    QCheckBox* m_allInterfaces;
    QLabel* m_error;
    std::optional<Address> m_address;
    qsizetype m_hostLength = 0; ///< Before what was typed or pasted last.
};

} // namespace swb::ui
